import io.aeron.ControlledFragmentAssembler;
import io.aeron.FragmentAssembler;
import io.aeron.Image;
import io.aeron.Subscription;
import io.aeron.logbuffer.ControlledFragmentHandler;
import io.aeron.logbuffer.Header;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;

/** A subscription, polled in every way the API has, and a check of each message. */
final class StreamIn
{
    static final String OPTIONS =
        "count: until-eos publishers: poll: limit: slow-us: join reserved mixed seed: ";
    private static final Set<String> POLLS =
        Set.of("fragment", "controlled", "image", "bounded", "block");

    final AtomicInteger imagesSeen = new AtomicInteger();
    final AtomicInteger imagesGone = new AtomicInteger();
    Subscription subscription;
    private final RealPeer peer;
    private final FragmentAssembler assembler = new FragmentAssembler(this::onMessage);
    private final ControlledFragmentAssembler controlled =
        new ControlledFragmentAssembler(this::onControlledMessage);
    private final Map<Integer, Source> sources = new LinkedHashMap<>();
    private boolean mayJoinLate;
    private boolean isCheckingReserved;
    private boolean isMixed;
    private long received;
    private long bytes;
    private long draws;
    private long aborts;
    private PeerFailure failure;

    /** What came from one session. */
    private static final class Source
    {
        private final ExpandableArrayBuffer partial = new ExpandableArrayBuffer();
        private int partialLength;
        private boolean isKnown;
        private int publisher;
        private long first;
        private long next;
        private long bytes;
        private long digest;
    }

    StreamIn(final RealPeer peer)
    {
        this.peer = peer;
    }

    private Source sourceOf(final int sessionId)
    {
        return sources.computeIfAbsent(sessionId, (id) -> new Source());
    }

    private void take(
        final int sessionId, final DirectBuffer buffer, final int offset, final int length)
    {
        final Payload got = Payload.read(buffer, offset, length);
        // several publishers share one session: then a source is a publisher, not a session
        final Source source = sourceOf(isMixed ? got.publisher() : sessionId);
        if (!source.isKnown)
        {
            source.isKnown = true;
            source.publisher = got.publisher();
            source.first = source.next = mayJoinLate ? got.sequence() : 0;
        }
        if (got.publisher() != source.publisher || got.sequence() != source.next)
        {
            throw new PeerFailure("session " + sessionId + ": publisher " + got.publisher() +
                " sequence " + got.sequence() + " came, not publisher " + source.publisher +
                " sequence " + source.next);
        }
        source.next++;
        source.bytes += length;
        source.digest = got.digest(source.digest);
        received++;
        bytes += length;
    }

    /** An exception would not get past the client's poll; it waits here until that returns. */
    private void guard(final Runnable check)
    {
        if (failure == null)
        {
            try
            {
                check.run();
            }
            catch (final PeerFailure ex)
            {
                failure = ex;
            }
        }
    }

    private void onMessage(
        final DirectBuffer buffer, final int offset, final int length, final Header header)
    {
        guard(() -> checkMessage(buffer, offset, length, header));
    }

    private void checkMessage(
        final DirectBuffer buffer, final int offset, final int length, final Header header)
    {
        take(header.sessionId(), buffer, offset, length);
        final long sequence = buffer.getLong(offset + 8, ByteOrder.LITTLE_ENDIAN);
        final boolean isWhole = (header.flags() & 0xc0) == 0xc0 && length <= header.frameLength();
        if (isCheckingReserved && isWhole && header.reservedValue() != sequence)
        {
            throw new PeerFailure("session " + header.sessionId() + ": reserved value " +
                header.reservedValue() + " beside sequence " + sequence);
        }
    }

    /** Aborts a quarter of the calls, so that messages come again, and uses every other action. */
    private ControlledFragmentHandler.Action onControlledMessage(
        final DirectBuffer buffer, final int offset, final int length, final Header header)
    {
        draws += Payload.GAMMA;
        final long draw = Long.remainderUnsigned(Payload.mix(draws), 8);
        if (draw < 2)
        {
            aborts++;
            return ControlledFragmentHandler.Action.ABORT;
        }
        onMessage(buffer, offset, length, header);
        return draw < 4 ? ControlledFragmentHandler.Action.BREAK :
            draw < 6 ? ControlledFragmentHandler.Action.COMMIT :
            ControlledFragmentHandler.Action.CONTINUE;
    }

    /** A block is frames as they lie in the term: 32 bytes of header each, at multiples of 32. */
    private void onBlock(final DirectBuffer buffer, final int offset, final int length,
        final int sessionId, final int termId)
    {
        guard(() -> checkBlock(buffer, offset, length, sessionId));
    }

    private void checkBlock(
        final DirectBuffer buffer, final int offset, final int length, final int sessionId)
    {
        final Source source = sourceOf(sessionId);
        for (int at = offset; at + 32 <= offset + length;)
        {
            final int frame = buffer.getInt(at, ByteOrder.LITTLE_ENDIAN);
            final byte flags = buffer.getByte(at + 5);
            if (frame < 32 || at + frame > offset + length)
            {
                throw new PeerFailure("session " + sessionId + ": a frame of " + frame +
                    " bytes at " + (at - offset) + " in a block of " + length);
            }
            if (buffer.getShort(at + 6, ByteOrder.LITTLE_ENDIAN) == 1)
            {
                source.partialLength = (flags & 0x80) != 0 ? 0 : source.partialLength;
                source.partial.putBytes(source.partialLength, buffer, at + 32, frame - 32);
                source.partialLength += frame - 32;
                if ((flags & 0x40) != 0)
                {
                    take(sessionId, source.partial, 0, source.partialLength);
                }
            }
            at += (frame + 31) / 32 * 32;
        }
    }

    private int pollImage(final Image image, final String how, final int limit)
    {
        return switch (how)
        {
            case "block" -> image.blockPoll(this::onBlock, 64 * 1024);
            case "bounded" -> image.boundedPoll(assembler, image.position() + 4096, limit);
            default -> image.poll(assembler, limit);
        };
    }

    private int pollOnce(final String how, final int limit)
    {
        final int work = poll(how, limit);
        if (failure != null)
        {
            throw failure;
        }
        return work;
    }

    private int poll(final String how, final int limit)
    {
        if (how.equals("fragment"))
        {
            return subscription.poll(assembler, limit);
        }
        if (how.equals("controlled"))
        {
            final long before = aborts;
            return subscription.controlledPoll(controlled, limit) + (int)(aborts - before);
        }
        int work = 0;
        for (final Image image : subscription.images())
        {
            work += pollImage(image, how, limit);
        }
        return work;
    }

    /** Whether `publishers` images have come, and each is gone or read to its end. */
    private boolean isAllEnded(final int publishers)
    {
        int ended = imagesGone.get();
        boolean isAnyOpen = false;
        for (final Image image : subscription.images())
        {
            if (image.isEndOfStream())
            {
                ended++;
            }
            else
            {
                isAnyOpen = true;
            }
        }
        return ended >= publishers && !isAnyOpen;
    }

    void receive(final Options options)
    {
        final String how = options.text("poll", "fragment");
        if (!POLLS.contains(how))
        {
            throw new PeerFailure("--poll=" + how + ": give one of " + POLLS);
        }
        final boolean untilEos = options.has("until-eos");
        final long wanted = received + options.number("count", untilEos ? Integer.MAX_VALUE : 1);
        final int publishers = (int)options.number("publishers", 1);
        final int limit = (int)options.number("limit", 10);
        final long slowNs = options.number("slow-us", 0) * 1000;
        mayJoinLate = options.has("join");
        isCheckingReserved = options.has("reserved");
        isMixed = options.has("mixed");
        draws = options.number("seed", 1);
        long deadline = peer.deadlineAfter(peer.timeoutNs);
        long nextPoll = System.nanoTime();
        while (received < wanted)
        {
            // Asked before the poll: what an ended image still holds is read after the answer.
            final boolean wasEnded = untilEos && isAllEnded(publishers);
            final boolean isDue = System.nanoTime() - nextPoll >= 0;
            if (isDue && pollOnce(how, limit) > 0)
            {
                deadline = peer.deadlineAfter(peer.timeoutNs);
                nextPoll = System.nanoTime() + slowNs;
                continue;
            }
            if (wasEnded && isDue)
            {
                break;
            }
            peer.waitTurn(deadline, "message " + (received + 1) + " (" + imagesSeen +
                " images came, " + imagesGone + " went)");
        }
        if (received > wanted)
        {
            throw new PeerFailure(received + " messages came, " + wanted + " were expected");
        }
    }

    void printReceived()
    {
        sources.forEach((session, s) -> System.out.printf(
            "publisher id=%s session=%d first=%d count=%d bytes=%d digest=%016x%n",
            Integer.toUnsignedString(s.publisher), session, s.first, s.next - s.first, s.bytes,
            s.digest));
        System.out.printf("ok received count=%d bytes=%d images=%d gone=%d aborts=%d%n",
            received, bytes, imagesSeen.get(), imagesGone.get(), aborts);
    }

    void printRegistered(final String word)
    {
        System.out.printf("%s sub registration=%d stream=%d status_counter=%d channel=%s%n", word,
            subscription.registrationId(), subscription.streamId(), subscription.channelStatusId(),
            subscription.tryResolveChannelEndpointPort());
    }

    void printImages()
    {
        for (final Image i : subscription.images())
        {
            System.out.printf("image session=%d correlation=%d source=%s joined=%d position=%d " +
                "term_length=%d mtu=%d initial_term=%d eos=%d transports=%d revoked=%d%n",
                i.sessionId(), i.correlationId(), i.sourceIdentity(), i.joinPosition(),
                i.position(), i.termBufferLength(), i.mtuLength(), i.initialTermId(),
                i.isEndOfStream() ? 1 : 0, i.activeTransportCount(),
                i.isPublicationRevoked() ? 1 : 0);
        }
    }
}
