/** What went wrong, in words for whoever reads the `error` line. */
final class PeerFailure extends RuntimeException
{
    private static final long serialVersionUID = 1L;

    PeerFailure(final String reason)
    {
        super(reason);
    }
}
