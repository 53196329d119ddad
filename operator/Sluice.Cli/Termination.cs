using System.Runtime.InteropServices;

namespace Sluice.Cli;

/// <summary>
/// Ends a command before it is done: at Ctrl-C or a request to terminate, and, where its output is all that it is for, when nobody reads
/// that any more. The first request lets the command end in order, the second signal ends the process.
/// </summary>
internal sealed class Termination : IDisposable
{
    /// <summary>A command that has not ended in order by then is left where it is.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private static Termination? _current;

    private readonly CancellationTokenSource _source = new();
    private readonly TaskCompletionSource<int> _requested = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration[] _signals;

    private Termination() =>
        _signals = [Register(PosixSignal.SIGINT, ExitCodes.Interrupted), Register(PosixSignal.SIGTERM, ExitCodes.Terminated)];

    /// <summary>Runs a command; its exit code, or the one of what ended it.</summary>
    /// <param name="command">The command; throws <see cref="OperationCanceledException"/> when it heeds the token.</param>
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> command)
    {
        using var termination = new Termination();
        _current = termination;
        // A command that computes without a pause must not keep the signals from being heard.
        Task<int> run = Task.Run(() => command(termination._source.Token));
        await Task.WhenAny(run, termination._requested.Task).ConfigureAwait(false);
        if (!run.IsCompleted) await Task.WhenAny(run, Task.Delay(Grace)).ConfigureAwait(false);
        if (!run.IsCompleted) return await termination._requested.Task.ConfigureAwait(false);
        try
        {
            return await run.ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (termination._requested.Task.IsCompleted)
        {
            return await termination._requested.Task.ConfigureAwait(false);
        }
    }

    /// <summary>Ends the command that runs when the reader of its output, such as <c>head</c>, has gone: it has enough. For commands that change nothing.</summary>
    public static void EndWithReader()
    {
        if (_current is { } termination) OutputPipe.WhenClosed(() => termination.Request(ExitCodes.Done));
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal, int exitCode) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = !_requested.Task.IsCompleted;
        Request(exitCode);
    });

    private void Request(int exitCode)
    {
        if (_requested.TrySetResult(exitCode)) _source.Cancel();
    }
}
