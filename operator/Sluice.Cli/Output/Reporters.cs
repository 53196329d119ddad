using Spectre.Console;

namespace Sluice.Cli.Output;

/// <summary>Chooses how progress is shown.</summary>
internal static class Reporters
{
    /// <summary>A reporter for as long as a command makes progress.</summary>
    internal abstract class Scope : IAsyncDisposable
    {
        public abstract IReporter Target { get; }

        /// <summary>Takes the line that turns off the terminal; what comes then is plain text.</summary>
        public abstract ValueTask EndAsync();

        public ValueTask DisposeAsync() => EndAsync();
    }

    /// <summary>Turning on a terminal, plain lines elsewhere.</summary>
    public static Scope ForOutput() =>
        Console.IsOutputRedirected ? new Borrowed(new PlainReporter(Console.Out)) : new Terminal(new TerminalReporter(AnsiConsole.Console));

    /// <summary>A reporter that needs no end.</summary>
    internal sealed class Borrowed(IReporter target) : Scope
    {
        public override IReporter Target => target;

        public override ValueTask EndAsync() => ValueTask.CompletedTask;
    }

    private sealed class Terminal(TerminalReporter reporter) : Scope
    {
        public override IReporter Target => reporter;

        public override ValueTask EndAsync() => reporter.DisposeAsync();
    }
}
