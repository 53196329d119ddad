namespace Sluice.Core.Configuration;

/// <summary>Kafka's way to write a list: values separated by commas, blanks around them ignored, nothing at all for none.</summary>
public static class ConfigList
{
    /// <summary>The values; an empty one stays, so that a check can name it.</summary>
    public static string[] Split(string text) =>
        string.IsNullOrWhiteSpace(text) ? [] : text.Split(',', StringSplitOptions.TrimEntries);

    /// <summary>The text that <see cref="Split"/> takes apart.</summary>
    public static string Join(IEnumerable<string> values) => string.Join(',', values);
}
