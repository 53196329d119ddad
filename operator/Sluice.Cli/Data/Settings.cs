namespace Sluice.Cli.Data;

/// <summary>Reads <c>name=value</c> arguments.</summary>
internal static class Settings
{
    /// <exception cref="CommandException">One has no '='.</exception>
    public static Dictionary<string, string> Parse(IEnumerable<string> texts, string option)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string text in texts)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new CommandException($"{option} {text}: expected name=value.", ExitCodes.Usage);
            settings[text[..equals]] = text[(equals + 1)..];
        }

        return settings;
    }
}
