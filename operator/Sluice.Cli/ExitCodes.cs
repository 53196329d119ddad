namespace Sluice.Cli;

/// <summary>Exit codes of `sluice`, listed in its help.</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Something went wrong; the message says what.</summary>
    public const int Failed = 1;

    /// <summary>The command line was not understood.</summary>
    public const int Usage = 2;

    /// <summary>There is no control plane running (the code that service managers use for it).</summary>
    public const int NotRunning = 3;

    /// <summary>It runs, but not everything is ready.</summary>
    public const int NotReady = 4;

    /// <summary>Ended by Ctrl-C before it was done (128 + SIGINT).</summary>
    public const int Interrupted = 130;

    /// <summary>Ended by SIGTERM before it was done (128 + SIGTERM).</summary>
    public const int Terminated = 143;
}
