import io.aeron.Aeron;
import io.aeron.CommonContext;
import io.aeron.Counter;
import io.aeron.FragmentAssembler;
import io.aeron.Image;
import io.aeron.Publication;
import io.aeron.driver.MediaDriver;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.ShutdownSignalBarrier;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersReader;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The real Java client as a test peer, with the commands, options and answers of real_client, and
 * `driver`, the real Java media driver. README.md lists them.
 */
public final class RealPeer
{
    private static final String COMMON_OPTIONS =
        "dir: timeout-ms: connect-timeout-ms: driver-timeout-ms: client-name: invoker ";

    private static final String VALIDATOR = "aeron.driver.termination.validator";

    private record Command(int words, String options, Consumer<Options> run, String usage)
    {
    }

    long timeoutNs;
    long connectTimeoutNs;
    private Aeron aeron;
    private AgentInvoker invoker;
    private int turns;
    private int failures;
    private final AtomicInteger errorCount = new AtomicInteger();
    private final BufferedReader input =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    private final Map<String, StreamOut> outs = new HashMap<>();
    private final Map<String, StreamIn> ins = new HashMap<>();
    private final Map<String, Command> commands = new LinkedHashMap<>();

    private RealPeer()
    {
        final String in = StreamIn.OPTIONS;
        final String out = StreamOut.OPTIONS;
        final String look = "type: label: registration: at-least: keys ";
        add("pub", 2, out + "exclusive no-wait hold linger-ms: revoke ", this::pub,
            "CHANNEL STREAM");
        add("sub", 2, in + "hold linger-ms: ", this::sub, "CHANNEL STREAM");
        add("echo", 4, "count: exclusive linger-ms: ", this::echo,
            "IN-CHANNEL IN-STREAM OUT-CHANNEL OUT-STREAM");
        add("ping", 4, out + in + "exclusive ", this::ping,
            "OUT-CHANNEL OUT-STREAM IN-CHANNEL IN-STREAM");
        add("counters", 0, look, this::counters, "");
        add("find-counter", 0, look, this::findCounter, "");
        add("add-counter", 0, "type: label: key: value: static: hold ", this::addCounter, "");
        add("session-id", 1, "", this::sessionId, "STREAM");
        add("client", 0, "", this::client, "");
        add("terminate", 0, "token: ", this::terminate, "");
        add("script", 0, "", this::script, "< LINES");
        add("add-pub", 3, "exclusive ", this::addPub, "NAME CHANNEL STREAM");
        add("add-sub", 3, "", this::addSub, "NAME CHANNEL STREAM");
        add("connected", 1, "not ", this::connected, "PUB");
        add("send", 1, out, this::send, "PUB");
        add("offer", 1, "size: ", this::offer, "PUB");
        add("receive", 1, in, this::receive, "SUB");
        add("images", 1, "count: ", this::images, "SUB");
        add("reject", 3, "", this::reject, "SUB SESSION REASON");
        add("status", 1, "", this::status, "PUB|SUB");
        add("destination", 3, "", this::destination, "PUB|SUB add|remove|remove-id URI|ID");
        add("set-counter", 2, "", this::setCounter, "ID VALUE");
        add("close", 1, "revoke ", this::close, "PUB|SUB");
    }

    private void add(final String name, final int words, final String options,
        final Consumer<Options> run, final String usage)
    {
        commands.put(name, new Command(words, options + COMMON_OPTIONS, run, usage));
    }

    /** Runs a command, or the driver; the exit status is 0 only if every command was ok. */
    public static void main(final String[] args)
    {
        System.setOut(new PrintStream(System.out, true, StandardCharsets.UTF_8));
        if (args.length > 0 && args[0].equals("driver"))
        {
            runDriver();
            return;
        }
        final RealPeer peer = new RealPeer();
        if (args.length == 0)
        {
            peer.usage();
        }
        System.exit(args.length > 0 && peer.runAlone(Arrays.asList(args)) ? 0 : 1);
    }

    private void usage()
    {
        System.out.println("usage: real_java COMMAND WORDS... [--option value]...; commands:");
        commands.forEach((name, c) ->
            System.out.printf("  %s %s  [%s]%n", name, c.usage, c.options));
        System.out.println("  driver   the media driver; its settings are JVM properties");
    }

    private static void runDriver()
    {
        // The barrier closes last: until then it holds back the end of the JVM, which a signal
        // began and which would end with 143 although nothing failed.
        try (ShutdownSignalBarrier barrier = new ShutdownSignalBarrier())
        {
            final MediaDriver.Context context =
                new MediaDriver.Context().terminationHook(barrier::signalAll);
            // The C driver's word; the Java driver itself knows classes only.
            if ("allow".equals(System.getProperty(VALIDATOR)))
            {
                System.clearProperty(VALIDATOR);
                context.terminationValidator((directory, token, offset, length) -> true);
            }
            try (MediaDriver driver = MediaDriver.launch(context))
            {
                System.out.println("ready dir=" + driver.aeronDirectoryName());
                barrier.await();
            }
            System.out.println("stopped");
            System.out.flush();
            Runtime.getRuntime().halt(0);
        }
    }

    // ---- failing, waiting, connecting

    private static void ok(final String text)
    {
        System.out.println(text.isEmpty() ? "ok" : "ok " + text);
    }

    private static void error(final Exception ex)
    {
        final String text = ex instanceof PeerFailure ? ex.getMessage() : ex.toString();
        System.out.println("error " + text.replace('\n', ' '));
    }

    long deadlineAfter(final long durationNs)
    {
        return System.nanoTime() + durationNs;
    }

    void waitTurn(final long deadlineNs, final String waitingFor)
    {
        if (deadlineNs != Long.MAX_VALUE && System.nanoTime() - deadlineNs > 0)
        {
            throw new PeerFailure("timed out waiting for " + waitingFor);
        }
        if (aeron.isClosed())
        {
            throw new PeerFailure("the client was closed while waiting for " + waitingFor);
        }
        if (invoker != null)
        {
            invoker.invoke();
        }
        if (++turns % 64 != 0)
        {
            Thread.yield();
        }
        else
        {
            LockSupport.parkNanos(50_000);
        }
    }

    private void waitForEndOfInput()
    {
        try
        {
            while (input.readLine() != null)
            {
                continue;
            }
        }
        catch (final IOException ex)
        {
            throw new PeerFailure("reading standard input: " + ex);
        }
    }

    private void linger(final Options options)
    {
        final long until = deadlineAfter(options.number("linger-ms", 0) * 1_000_000);
        while (System.nanoTime() - until < 0)
        {
            waitTurn(Long.MAX_VALUE, "the end of the linger time");
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void holdAndLinger(final Options options)
    {
        if (options.has("hold"))
        {
            System.out.println("holding");
            waitForEndOfInput();
        }
        linger(options);
    }

    private void connect(final Options options)
    {
        final Aeron.Context context = new Aeron.Context()
            .clientName(options.text("client-name", "real_java"))
            .driverTimeoutMs(options.number("driver-timeout-ms", 10_000))
            .useConductorAgentInvoker(options.has("invoker"))
            .errorHandler((ex) ->
            {
                errorCount.incrementAndGet();
                System.err.println("client error " + ex);
            });
        if (options.has("dir"))
        {
            context.aeronDirectoryName(options.text("dir", ""));
        }
        aeron = Aeron.connect(context);
        invoker = options.has("invoker") ? aeron.conductorAgentInvoker() : null;
    }

    private Options read(final List<String> line)
    {
        final Command command = commands.get(line.get(0));
        if (command == null)
        {
            throw new PeerFailure("unknown command \"" + line.get(0) + "\"; there are " +
                commands.keySet());
        }
        final Options options = new Options(line, command.options);
        if (options.wordCount() - 1 < command.words)
        {
            throw new PeerFailure("usage: " + line.get(0) + " " + command.usage);
        }
        return options;
    }

    private void run(final Options options)
    {
        timeoutNs = options.number("timeout-ms", 20_000) * 1_000_000;
        connectTimeoutNs = options.number("connect-timeout-ms", 10_000) * 1_000_000;
        commands.get(options.word(0)).run.accept(options);
    }

    private boolean runAlone(final List<String> line)
    {
        boolean isOk = true;
        try
        {
            final Options options = read(line);
            connect(options);
            run(options);
        }
        catch (final Exception ex)
        {
            error(ex);
            isOk = false;
        }
        if (aeron != null)
        {
            aeron.close();
        }
        return isOk;
    }

    /** One command a line; empty lines and those that begin with # are skipped, `quit` ends it. */
    private void script(final Options ignored)
    {
        try
        {
            for (String line = input.readLine(); line != null; line = input.readLine())
            {
                final List<String> words = Options.split(line);
                if (words.isEmpty() || words.get(0).startsWith("#"))
                {
                    continue;
                }
                if (words.get(0).equals("quit"))
                {
                    break;
                }
                runLine(words);
            }
        }
        catch (final IOException ex)
        {
            throw new PeerFailure("reading standard input: " + ex);
        }
        if (failures > 0)
        {
            throw new PeerFailure(failures + " commands of the script failed");
        }
        ok("script");
    }

    private void runLine(final List<String> words)
    {
        try
        {
            run(read(words));
        }
        catch (final Exception ex)
        {
            failures++;
            error(ex);
        }
    }

    // ---- whole runs

    private StreamOut addOut(
        final String name, final String channel, final int streamId, final boolean isExclusive)
    {
        if (outs.containsKey(name))
        {
            throw new PeerFailure("publication \"" + name + "\" is there already");
        }
        final Publication publication = isExclusive ?
            aeron.addExclusivePublication(channel, streamId) :
            aeron.addPublication(channel, streamId);
        final StreamOut out = new StreamOut(this, publication);
        outs.put(name, out);
        return out;
    }

    private StreamIn addIn(final String name, final String channel, final int streamId)
    {
        if (ins.containsKey(name))
        {
            throw new PeerFailure("subscription \"" + name + "\" is there already");
        }
        final StreamIn in = new StreamIn(this);
        in.subscription = aeron.addSubscription(channel, streamId,
            (image) -> in.imagesSeen.incrementAndGet(), (image) -> in.imagesGone.incrementAndGet());
        ins.put(name, in);
        return in;
    }

    private void pub(final Options o)
    {
        final StreamOut out = addOut("pub", o.word(1), o.wordNumber(2), o.has("exclusive"));
        out.printRegistered("ready");
        if (!o.has("no-wait"))
        {
            out.waitConnected(true);
        }
        out.send(o);
        holdAndLinger(o);
        out.printSent();
        out.close(o.has("revoke"));
    }

    private void sub(final Options o)
    {
        final StreamIn in = addIn("sub", o.word(1), o.wordNumber(2));
        in.printRegistered("ready");
        in.receive(o);
        holdAndLinger(o);
        in.printReceived();
        in.subscription.close();
    }

    private long echoed;
    private PeerFailure echoFailure;   // an exception would not get past the client's poll

    private void echo(final Options o)
    {
        final StreamIn in = addIn("in", o.word(1), o.wordNumber(2));
        final Publication out =
            addOut("out", o.word(3), o.wordNumber(4), o.has("exclusive")).publication;
        final FragmentAssembler assembler = new FragmentAssembler(
            (buffer, offset, length, header) ->
            {
                try
                {
                    echoMessage(out, buffer, offset, length);
                }
                catch (final PeerFailure ex)
                {
                    echoFailure = ex;
                }
            });
        System.out.println("ready echo");
        final long wanted = o.number("count", Long.MAX_VALUE);
        long deadline = deadlineAfter(timeoutNs);
        while (echoed < wanted)
        {
            if (echoFailure != null)
            {
                throw echoFailure;
            }
            final int gone = in.imagesGone.get();
            if (in.subscription.poll(assembler, 10) > 0)
            {
                deadline = deadlineAfter(timeoutNs);
            }
            else if (wanted == Long.MAX_VALUE && gone > 0 && gone == in.imagesSeen.get())
            {
                break;   // whoever we answered has gone
            }
            else
            {
                waitTurn(deadline, "a message to echo");
            }
        }
        linger(o);
        ok("echoed count=" + echoed);
    }

    private void echoMessage(
        final Publication out, final DirectBuffer buffer, final int offset, final int length)
    {
        final long deadline = deadlineAfter(timeoutNs);
        for (long result; (result = out.offer(buffer, offset, length)) <= 0;)
        {
            if (result < Publication.ADMIN_ACTION)
            {
                throw new PeerFailure("echoing message " + echoed + ": result " + result);
            }
            waitTurn(deadline, "room for an echo");
        }
        echoed++;
    }

    /** Each message must come back before the next is sent. */
    private void ping(final Options o)
    {
        final StreamIn in = addIn("in", o.word(3), o.wordNumber(4));
        final StreamOut out = addOut("out", o.word(1), o.wordNumber(2), o.has("exclusive"));
        System.out.println("ready ping");
        out.waitConnected(true);
        final Options one = new Options(List.of("ping", "--sizes=" + o.text("sizes", "64"),
            "--poll=" + o.text("poll", "fragment")), StreamOut.OPTIONS + StreamIn.OPTIONS);
        final long count = o.number("count", 1);
        long best = Long.MAX_VALUE;
        long sum = 0;
        for (long i = 0; i < count; i++)
        {
            final long start = System.nanoTime();
            out.send(one);
            in.receive(one);
            final long taken = System.nanoTime() - start;
            best = Math.min(best, taken);
            sum += taken;
        }
        ok(String.format("pinged count=%d rtt_min_ns=%d rtt_mean_ns=%d digest=%016x",
            count, best, count > 0 ? sum / count : 0, out.digest()));
    }

    // ---- single steps, on named things

    private StreamOut outOf(final Options o)
    {
        final StreamOut out = outs.get(o.word(1));
        if (out == null)
        {
            throw new PeerFailure("no publication is called \"" + o.word(1) + "\"; use add-pub");
        }
        return out;
    }

    private StreamIn inOf(final Options o)
    {
        final StreamIn in = ins.get(o.word(1));
        if (in == null)
        {
            throw new PeerFailure("no subscription is called \"" + o.word(1) + "\"; use add-sub");
        }
        return in;
    }

    private void addPub(final Options o)
    {
        addOut(o.word(1), o.word(2), o.wordNumber(3), o.has("exclusive")).printRegistered("ok");
    }

    private void addSub(final Options o)
    {
        addIn(o.word(1), o.word(2), o.wordNumber(3)).printRegistered("ok");
    }

    private void connected(final Options o)
    {
        outOf(o).waitConnected(!o.has("not"));
        ok("");
    }

    private void send(final Options o)
    {
        outOf(o).send(o);
        outOf(o).printSent();
    }

    private void offer(final Options o)
    {
        ok("result=" + outOf(o).offerOnce((int)o.number("size", 64)));
    }

    private void receive(final Options o)
    {
        inOf(o).receive(o);
        inOf(o).printReceived();
    }

    /** Waits until exactly --count images are there, if it is given. */
    private void images(final Options o)
    {
        final StreamIn in = inOf(o);
        final long wanted = o.number("count", -1);
        final long deadline = deadlineAfter(timeoutNs);
        while (wanted >= 0 && in.subscription.imageCount() != wanted)
        {
            waitTurn(deadline, "that number of images");
        }
        in.printImages();
        ok("images=" + in.subscription.imageCount() + " seen=" + in.imagesSeen +
            " gone=" + in.imagesGone);
    }

    private void reject(final Options o)
    {
        final Image image = inOf(o).subscription.imageBySessionId(o.wordNumber(2));
        if (image == null)
        {
            throw new PeerFailure("no image has the session " + o.word(2));
        }
        image.reject(o.word(3));
        ok("");
    }

    private void status(final Options o)
    {
        if (ins.containsKey(o.word(1)))
        {
            final var s = ins.get(o.word(1)).subscription;
            ok("status=" + s.channelStatus() + " connected=" + (s.isConnected() ? 1 : 0) +
                " addresses=" + String.join(",", s.localSocketAddresses()));
        }
        else
        {
            final var p = outOf(o).publication;
            ok("status=" + p.channelStatus() + " connected=" + (p.isConnected() ? 1 : 0) +
                " addresses=" + String.join(",", p.localSocketAddresses()));
        }
    }

    private void destination(final Options o)
    {
        final String verb = o.word(2);
        final String argument = o.word(3);
        final StreamIn in = ins.get(o.word(1));
        final Publication out = in != null ? null : outOf(o).publication;
        final long id = switch (verb)
        {
            case "add" -> in != null ? in.subscription.asyncAddDestination(argument) :
                out.asyncAddDestination(argument);
            case "remove" -> in != null ? in.subscription.asyncRemoveDestination(argument) :
                out.asyncRemoveDestination(argument);
            case "remove-id" -> out.asyncRemoveDestination(Options.number(argument));
            default -> throw new PeerFailure("destination NAME add|remove URI, or remove-id ID");
        };
        final long deadline = deadlineAfter(connectTimeoutNs);
        while (aeron.isCommandActive(id))
        {
            waitTurn(deadline, "the driver to change a destination");
        }
        ok("registration=" + id);
    }

    private void close(final Options o)
    {
        final StreamIn in = ins.remove(o.word(1));
        if (in != null)
        {
            in.subscription.close();
        }
        else
        {
            outOf(o).close(o.has("revoke"));
            outs.remove(o.word(1));
        }
        ok("");
    }

    // ---- counters and the rest

    private void addCounter(final Options o)
    {
        final byte[] label =
            o.text("label", "a counter of real_java").getBytes(StandardCharsets.US_ASCII);
        final byte[] key = HexFormat.of().parseHex(o.text("key", ""));
        final int type = (int)o.number("type", 1001);
        final UnsafeBuffer keys = new UnsafeBuffer(key);
        final UnsafeBuffer labels = new UnsafeBuffer(label);
        final Counter counter = o.has("static") ?
            aeron.addStaticCounter(type, keys, 0, key.length, labels, 0, label.length,
                o.number("static", 0)) :
            aeron.addCounter(type, keys, 0, key.length, labels, 0, label.length);
        if (o.has("value"))
        {
            counter.setRelease(o.number("value", 0));
        }
        if (o.has("hold"))
        {
            System.out.println("ready counter id=" + counter.id());
            waitForEndOfInput();
        }
        ok("id=" + counter.id() + " registration=" + counter.registrationId());
    }

    private void setCounter(final Options o)
    {
        final CountersReader reader = aeron.countersReader();
        new AtomicCounter(reader.valuesBuffer(), o.wordNumber(1))
            .setRelease(Options.number(o.word(2)));
        ok("");
    }

    private int printMatching(final Options o, final boolean firstOnly, final int[] found)
    {
        final CountersReader reader = aeron.countersReader();
        final int[] count = {0};
        reader.forEach((id, type, keyBuffer, label) ->
        {
            final long value = reader.getCounterValue(id);
            if ((o.has("type") && o.number("type", 0) != type) ||
                !label.contains(o.text("label", "")) ||
                (o.has("registration") &&
                    o.number("registration", 0) != reader.getCounterRegistrationId(id)) ||
                value < o.number("at-least", Long.MIN_VALUE) || (firstOnly && count[0] > 0))
            {
                return;
            }
            count[0]++;
            found[0] = id;
            System.out.printf("counter id=%d type=%d value=%d registration=%d owner=%d " +
                "reference=%d %slabel=\"%s\"%n", id, type, value,
                reader.getCounterRegistrationId(id), reader.getCounterOwnerId(id),
                reader.getCounterReferenceId(id),
                o.has("keys") ? "key=" + hexOf(keyBuffer) + " " : "", label);
        });
        return count[0];
    }

    private static String hexOf(final DirectBuffer buffer)
    {
        final byte[] bytes = new byte[buffer.capacity()];
        buffer.getBytes(0, bytes);
        return HexFormat.of().formatHex(bytes);
    }

    private void counters(final Options o)
    {
        ok("counters=" + printMatching(o, false, new int[1]));
    }

    private void findCounter(final Options o)
    {
        final int[] found = {-1};
        final long deadline = deadlineAfter(timeoutNs);
        while (printMatching(o, true, found) == 0)
        {
            waitTurn(deadline, "a counter such as that");
        }
        ok("id=" + found[0]);
    }

    private void sessionId(final Options o)
    {
        ok("session=" + aeron.nextSessionId(o.wordNumber(1)));
    }

    private void client(final Options ignored)
    {
        ok("id=" + aeron.clientId() + " version=" + io.aeron.AeronVersion.VERSION + " errors=" +
            errorCount.get() + " dir=" + aeron.context().aeronDirectoryName());
    }

    private void terminate(final Options o)
    {
        final byte[] token = o.text("token", "").getBytes(StandardCharsets.US_ASCII);
        final File directory = new File(aeron.context().aeronDirectoryName());
        final boolean isSent = CommonContext.requestDriverTermination(
            directory, new UnsafeBuffer(token), 0, token.length);
        ok("result=" + (isSent ? 1 : 0));
    }
}
