import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One command with its words and options; the same grammar as real_client's (options.h). */
final class Options
{
    private final List<String> words = new ArrayList<>();
    private final Map<String, String> values = new HashMap<>();

    /** `accepted` lists names divided by spaces; one that takes a value ends in `:`. */
    Options(final List<String> line, final String accepted)
    {
        final List<String> names = Arrays.asList(accepted.trim().split(" +"));
        for (int i = 0; i < line.size(); i++)
        {
            final String word = line.get(i);
            if (!word.startsWith("--"))
            {
                words.add(word);
                continue;
            }
            final int equals = word.indexOf('=');
            final String name = equals < 0 ? word.substring(2) : word.substring(2, equals);
            final boolean takesValue = names.contains(name + ":");
            if ((!takesValue && (!names.contains(name) || equals >= 0)) ||
                (takesValue && equals < 0 && i + 1 == line.size()))
            {
                throw new PeerFailure("option " + word + " is not known, or lacks or cannot have " +
                    "a value; options here (`:` takes one): " + accepted);
            }
            final String value =
                !takesValue ? "" : equals >= 0 ? word.substring(equals + 1) : line.get(++i);
            values.put(name, value);
        }
    }

    /** Divides a line at blanks; "double quotes" hold a word together. */
    static List<String> split(final String line)
    {
        final List<String> result = new ArrayList<>();
        StringBuilder word = null;
        boolean isQuoted = false;
        for (final char c : line.toCharArray())
        {
            if (!isQuoted && Character.isWhitespace(c))
            {
                if (word != null)
                {
                    result.add(word.toString());
                }
                word = null;
                continue;
            }
            word = word == null ? new StringBuilder() : word;
            if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else
            {
                word.append(c);
            }
        }
        if (word != null)
        {
            result.add(word.toString());
        }
        return result;
    }

    int wordCount()
    {
        return words.size();
    }

    String word(final int index)
    {
        return index < words.size() ? words.get(index) : "";
    }

    int wordNumber(final int index)
    {
        return (int)number(word(index));
    }

    boolean has(final String name)
    {
        return values.containsKey(name);
    }

    String text(final String name, final String otherwise)
    {
        return values.getOrDefault(name, otherwise);
    }

    long number(final String name, final long otherwise)
    {
        return has(name) ? number(values.get(name)) : otherwise;
    }

    /** Accepts 10, -1, 0x10, 64k, 1m. */
    static long number(final String text)
    {
        try
        {
            final boolean isHex = text.contains("x");
            final String lower = text.toLowerCase();
            final long unit = isHex ? 1 :
                lower.endsWith("k") ? 1024 : lower.endsWith("m") ? 1024 * 1024 : 1;
            return unit * Long.decode(unit == 1 ? text : text.substring(0, text.length() - 1));
        }
        catch (final NumberFormatException ex)
        {
            throw new PeerFailure(
                "\"" + text + "\" is no number: give one such as 10, -1, 0x10, 64k or 1m");
        }
    }
}
