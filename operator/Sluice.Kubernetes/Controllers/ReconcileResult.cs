namespace Sluice.Kubernetes.Controllers;

/// <summary>How a reconciliation ended: one of four ways. An exception that leaves a reconciler counts as <see cref="Retry(Exception)"/>.</summary>
public abstract record ReconcileResult
{
    private ReconcileResult()
    {
    }

    /// <summary>All is as it should be; come back when something changes.</summary>
    public static ReconcileResult Done { get; } = new DoneResult();

    /// <summary>All is well so far; come back after a time. Earlier failures are forgotten.</summary>
    public static ReconcileResult After(TimeSpan delay) => new AfterResult(delay);

    /// <summary>It did not work; come back after a wait that doubles each time.</summary>
    public static ReconcileResult Retry(Exception error) => new RetryResult(error);

    /// <summary>It cannot work until somebody changes something; another try would only fail again.</summary>
    public static ReconcileResult Terminal(string reason) => new TerminalResult(reason);

    internal sealed record DoneResult : ReconcileResult;

    internal sealed record AfterResult(TimeSpan Delay) : ReconcileResult;

    internal sealed record RetryResult(Exception Error) : ReconcileResult;

    internal sealed record TerminalResult(string Reason) : ReconcileResult;
}
