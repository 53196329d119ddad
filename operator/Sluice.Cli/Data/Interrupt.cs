using System.Runtime.InteropServices;

namespace Sluice.Cli.Data;

/// <summary>Turns Ctrl-C and a request to terminate into a cancellation, so that a command ends in order.</summary>
internal sealed class Interrupt : IDisposable
{
    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interrupt() => _registrations = [Register(PosixSignal.SIGINT), Register(PosixSignal.SIGTERM)];

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _source.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        // The second one ends the process at once.
        context.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
    });
}
