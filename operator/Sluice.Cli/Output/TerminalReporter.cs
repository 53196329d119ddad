using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Sluice.Cli.Output;

/// <summary>Steps with a tick and, below them, one line that turns while something is waited for.</summary>
internal sealed class TerminalReporter : IReporter, IAsyncDisposable
{
    private readonly IAnsiConsole _console;
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<StatusContext> _context = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _status;

    public TerminalReporter(IAnsiConsole console)
    {
        _console = console;
        _status = console.Status().Spinner(Spinner.Known.Dots).StartAsync("Starting", async context =>
        {
            _context.SetResult(context);
            await _end.Task.ConfigureAwait(false);
        });
    }

    public void Waiting(string text) => _context.Task.Result.Status(Markup.Escape(text));

    public void Done(string text) => _console.MarkupLine(string.Create(
        CultureInfo.InvariantCulture,
        $"[green]✓[/] {Markup.Escape(text)} [grey]{Stopwatch.GetElapsedTime(_start).TotalSeconds:0.0} s[/]"));

    public void Warning(string text) => _console.MarkupLine($"[yellow]![/] {Markup.Escape(text)}");

    public async ValueTask DisposeAsync()
    {
        _end.TrySetResult();
        await _status.ConfigureAwait(false);
    }
}
