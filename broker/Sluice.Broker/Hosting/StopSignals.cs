using System.Runtime.InteropServices;

namespace Sluice.Broker.Hosting;

/// <summary>SIGTERM and SIGINT: the first asks for a clean stop, the second not to wait for clients.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource<string> _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _second = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _terminate;
    private readonly PosixSignalRegistration _interrupt;

    internal StopSignals()
    {
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
    }

    /// <summary>The name of the first signal, when it comes.</summary>
    internal Task<string> First => _first.Task;

    /// <summary>The name of the second.</summary>
    internal Task<string> Second => _second.Task;

    public void Dispose()
    {
        _terminate.Dispose();
        _interrupt.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        string name = context.Signal.ToString();
        if (!_first.TrySetResult(name)) _second.TrySetResult(name);
    }
}
