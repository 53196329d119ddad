using Spectre.Console;

namespace Sluice.Cli.Data;

/// <summary>Asks before something is destroyed.</summary>
internal static class Confirmation
{
    /// <exception cref="CommandException">The answer is no, or nobody can be asked.</exception>
    public static void Require(bool given, string what)
    {
        if (given) return;
        if (Console.IsInputRedirected) throw new CommandException($"{what}: nobody can be asked here; say --yes to do it.", ExitCodes.Usage);
        if (!AnsiConsole.Confirm($"{Markup.Escape(what)}?", defaultValue: false)) throw new CommandException("nothing was done.");
    }
}
