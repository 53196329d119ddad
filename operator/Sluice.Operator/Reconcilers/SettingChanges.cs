namespace Sluice.Operator.Reconcilers;

/// <summary>The settings that must change for a topic or the brokers to have those of a manifest.</summary>
internal static class SettingChanges
{
    /// <summary>The changes from what is present to what is wanted; null as a value gives a setting its default back.</summary>
    public static Dictionary<string, string?> Between(IReadOnlyDictionary<string, string> present, IReadOnlyDictionary<string, string> wanted)
    {
        var changes = new Dictionary<string, string?>();
        foreach ((string name, string value) in wanted)
        {
            if (!present.TryGetValue(name, out string? current) || !AreEqual(value, current)) changes[name] = value;
        }
        foreach (string name in present.Keys)
        {
            if (!wanted.ContainsKey(name)) changes[name] = null;
        }
        return changes;
    }

    /// <summary>The changes for people: of each setting its name, the value that it had and the one that it gets.</summary>
    public static string Describe(IReadOnlyDictionary<string, string> present, IReadOnlyDictionary<string, string?> changes) => string.Join(
        ", ",
        changes.OrderBy(change => change.Key, StringComparer.Ordinal)
            .Select(change => $"{change.Key} from {present.GetValueOrDefault(change.Key) ?? "its default"} to {change.Value ?? "its default"}"));

    /// <summary>Brokers keep values in a form of their own: without spaces around list items, booleans in small letters.</summary>
    public static bool AreEqual(string wanted, string present) => Canonical(wanted) == Canonical(present);

    private static string Canonical(string value)
    {
        string canonical = string.Join(',', value.Split(',', StringSplitOptions.TrimEntries));
        return bool.TryParse(canonical, out bool flag) ? (flag ? "true" : "false") : canonical;
    }
}
