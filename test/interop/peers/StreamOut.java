import io.aeron.DirectBufferVector;
import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.aeron.ReservedValueSupplier;
import io.aeron.logbuffer.BufferClaim;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.function.IntToLongFunction;

/** A publication and what was sent through it. */
final class StreamOut
{
    static final String OPTIONS =
        "publisher: count: sizes: seed: first: claim vector abort-every: rate: reserved ";

    final Publication publication;
    private final RealPeer peer;
    private final BufferClaim claim = new BufferClaim();
    private MutableDirectBuffer message = new UnsafeBuffer(new byte[64 * 1024]);
    private boolean isMarkingReserved;
    private int publisher = 1;
    private long nextSequence;
    private long digest;
    private long bytes;
    private long retries;
    private long position;

    /** --sizes: numbers and low-high ranges, divided by commas, taken in turn. */
    private static final class Sizes
    {
        private final String spec;
        private final String[] items;
        private int at;
        private long draws;

        Sizes(final String spec, final long seed)
        {
            this.spec = spec;
            items = spec.split(",");
            draws = seed;
        }

        int next()
        {
            final String[] range = items[at++ % items.length].split("-");
            final long low = Options.number(range[0]);
            final long high = Options.number(range[range.length - 1]);
            if (low < Payload.HEADER_LENGTH || high < low)
            {
                throw new PeerFailure("--sizes=" + spec + ": give sizes such as 20,1k,32-4096, " +
                    "each at least " + Payload.HEADER_LENGTH);
            }
            if (high == low)
            {
                return (int)low;
            }
            draws += Payload.GAMMA;
            return (int)(low + Long.remainderUnsigned(Payload.mix(draws), high - low + 1));
        }
    }

    StreamOut(final RealPeer peer, final Publication publication)
    {
        this.peer = peer;
        this.publication = publication;
    }

    private ReservedValueSupplier reserved()
    {
        return isMarkingReserved ? (buffer, offset, length) -> nextSequence : null;
    }

    private long offer(final int length)
    {
        return publication.offer(message, 0, length, reserved());
    }

    private long offerVector(final int length)
    {
        final int a = Math.min(length, 7);
        final int b = (length - a) / 2;
        final DirectBufferVector[] pieces = {
            new DirectBufferVector(message, 0, a),
            new DirectBufferVector(message, a, b),
            new DirectBufferVector(message, a + b, length - a - b)};
        return publication.offer(pieces, reserved());
    }

    private long claim(final int length, final boolean isAborted)
    {
        final long result = publication.tryClaim(length, claim);
        if (result <= 0)
        {
            return result;
        }
        if (isAborted)
        {
            claim.abort();
            return result;
        }
        claim.putBytes(message, 0, length);
        if (isMarkingReserved)
        {
            claim.reservedValue(nextSequence);
        }
        claim.commit();
        return result;
    }

    private void persist(final IntToLongFunction attempt, final int length)
    {
        final long deadline = peer.deadlineAfter(peer.timeoutNs);
        long result;
        while ((result = attempt.applyAsLong(length)) <= 0)
        {
            if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED)
            {
                throw new PeerFailure("offering sequence " + nextSequence + ": " +
                    Publication.errorString(result));
            }
            retries++;
            peer.waitTurn(deadline, "room for sequence " + nextSequence +
                " (the last answer: " + Publication.errorString(result) + ")");
        }
        position = result;
    }

    private void keepRate(final long startNs, final long rate, final long sent)
    {
        while (rate > 0 && System.nanoTime() - startNs < sent * 1_000_000_000L / rate)
        {
            peer.waitTurn(Long.MAX_VALUE, "the next message's time");
        }
    }

    private Payload prepare(final int size)
    {
        if (size > publication.maxMessageLength())
        {
            throw new PeerFailure("a message of " + size + " bytes is longer than this " +
                "publication takes: " + publication.maxMessageLength());
        }
        if (size > message.capacity())
        {
            message = new UnsafeBuffer(new byte[size]);
        }
        final Payload payload = new Payload(publisher, nextSequence, size);
        payload.write(message, 0);
        return payload;
    }

    void send(final Options options)
    {
        final Sizes sizes = new Sizes(options.text("sizes", "64"), options.number("seed", 1));
        final long count = options.number("count", 1);
        final long abortEvery = options.number("abort-every", 0);
        final int most = publication.maxPayloadLength();
        final IntToLongFunction attempt =
            options.has("claim") ? (n) -> n <= most ? claim(n, false) : offer(n) :
            options.has("vector") ? this::offerVector : this::offer;
        isMarkingReserved = options.has("reserved");
        publisher = (int)options.number("publisher", publisher);
        nextSequence = options.number("first", nextSequence);
        final long start = System.nanoTime();
        for (long i = 0; i < count; i++)
        {
            final Payload payload = prepare(sizes.next());
            keepRate(start, options.number("rate", 0), i);
            if (abortEvery > 0 && i % abortEvery == 0)
            {
                persist((n) -> claim(Math.min(n, most), true), payload.length());
            }
            persist(attempt, payload.length());
            sent(payload);
        }
    }

    private void sent(final Payload payload)
    {
        digest = payload.digest(digest);
        bytes += payload.length();
        nextSequence++;
    }

    /** One attempt, whatever comes of it. */
    long offerOnce(final int size)
    {
        if (size < Payload.HEADER_LENGTH)
        {
            throw new PeerFailure("--size=" + size + " is less than a message's header: " +
                Payload.HEADER_LENGTH);
        }
        final Payload payload = prepare(size);
        final long result = offer(size);
        if (result > 0)
        {
            position = result;
            sent(payload);
        }
        return result;
    }

    void waitConnected(final boolean expected)
    {
        final long deadline = peer.deadlineAfter(peer.connectTimeoutNs);
        while (publication.isConnected() != expected)
        {
            peer.waitTurn(deadline, expected ? "a subscriber" : "the last subscriber to go");
        }
    }

    void printSent()
    {
        System.out.printf(
            "ok sent count=%d bytes=%d position=%d session=%d retries=%d digest=%016x%n",
            nextSequence, bytes, position, publication.sessionId(), retries, digest);
    }

    void printRegistered(final String word)
    {
        final Publication p = publication;
        System.out.printf("%s pub session=%d registration=%d original=%d stream=%d " +
            "term_length=%d max_payload=%d max_message=%d initial_term=%d limit_counter=%d " +
            "status_counter=%d%n",
            word, p.sessionId(), p.registrationId(), p.originalRegistrationId(), p.streamId(),
            p.termBufferLength(), p.maxPayloadLength(), p.maxMessageLength(), p.initialTermId(),
            p.positionLimitId(), p.channelStatusId());
    }

    long digest()
    {
        return digest;
    }

    void close(final boolean revoke)
    {
        if (revoke && publication instanceof ExclusivePublication exclusive)
        {
            exclusive.revoke();
        }
        publication.close();
    }
}
