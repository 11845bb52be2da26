import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.nio.ByteOrder;

/** The content of every message that the peers exchange: PAYLOAD.md is the specification. */
record Payload(int publisher, long sequence, int length)
{
    static final int MAGIC = 0x4e524554;
    static final int HEADER_LENGTH = 20;
    static final long GAMMA = 0x9e3779b97f4a7c15L;

    /** Spreads 64 bits over 64 bits, one to one. */
    static long mix(final long value)
    {
        long z = (value ^ (value >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    private long base()
    {
        return mix(sequence + mix(((long)publisher << 32) | Integer.toUnsignedLong(length)));
    }

    private static long word(final long base, final long index)
    {
        return mix(base + (index + 1) * GAMMA);
    }

    void write(final MutableDirectBuffer buffer, final int offset)
    {
        buffer.putInt(offset, MAGIC, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(offset + 4, publisher, ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(offset + 8, sequence, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(offset + 16, length, ByteOrder.LITTLE_ENDIAN);
        final long base = base();
        long index = 0;
        for (int at = HEADER_LENGTH; at < length; at += 8)
        {
            final long word = word(base, index++);
            for (int i = 0; i < 8 && at + i < length; i++)
            {
                buffer.putByte(offset + at + i, (byte)(word >>> (8 * i)));
            }
        }
    }

    /** Checks every byte; throws with the reason. */
    static Payload read(final DirectBuffer buffer, final int offset, final int length)
    {
        if (length < HEADER_LENGTH)
        {
            throw new PeerFailure("message of " + length + " bytes is shorter than its header");
        }
        final int magic = buffer.getInt(offset, ByteOrder.LITTLE_ENDIAN);
        final Payload payload = new Payload(
            buffer.getInt(offset + 4, ByteOrder.LITTLE_ENDIAN),
            buffer.getLong(offset + 8, ByteOrder.LITTLE_ENDIAN),
            buffer.getInt(offset + 16, ByteOrder.LITTLE_ENDIAN));
        if (magic != MAGIC || payload.length != length)
        {
            throw new PeerFailure(String.format(
                "message of %d bytes has magic 0x%08x (not 0x%08x) and length field %d",
                length, magic, MAGIC, payload.length));
        }
        final long base = payload.base();
        for (int at = HEADER_LENGTH, index = 0; at < length; at += 8, index++)
        {
            final long word = word(base, index);
            for (int i = 0; i < 8 && at + i < length; i++)
            {
                if (buffer.getByte(offset + at + i) != (byte)(word >>> (8 * i)))
                {
                    throw new PeerFailure(
                        "publisher " + Integer.toUnsignedString(payload.publisher) +
                        " sequence " + payload.sequence + " of " + length +
                        " bytes is damaged at offset " + (at + i));
                }
            }
        }
        return payload;
    }

    /** Folds this message into the digest of its stream, which starts at 0. */
    long digest(final long digest)
    {
        return mix(digest + base());
    }
}
