using System.Globalization;
using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.Tables;

/// <summary>A column of a table; those of a priority above 0 are shown with <c>-o wide</c> only.</summary>
internal sealed record TableColumn(string Name, string Type, string Format, string Description, int Priority)
{
    public JsonObject ToJson() => new()
    {
        ["name"] = Name,
        ["type"] = Type,
        ["format"] = Format,
        ["description"] = Description,
        ["priority"] = Priority,
    };
}

/// <summary>How objects of a kind are shown as rows; ages are told from the time given.</summary>
internal sealed record TableLayout(IReadOnlyList<TableColumn> Columns, Func<JsonObject, DateTimeOffset, JsonArray> Cells)
{
    public static readonly TableLayout NameAndAge = new(
        [TableColumns.Name, new TableColumn("Age", "string", "", "How long ago the object was created.", 0)],
        (item, now) => new JsonArray(item.At("metadata", "name").CopyOrNull(), TableCells.Age(item, now)));
}

/// <summary>Reads the columns of the built-in kinds.</summary>
internal static class TableColumns
{
    public static readonly TableColumn Name = new("Name", "string", "name", "The object's name, unique within its namespace and kind.", 0);

    /// <summary>Columns by "group/version/resource".</summary>
    public static Dictionary<string, IReadOnlyList<TableColumn>> ReadBuiltIns()
    {
        var result = new Dictionary<string, IReadOnlyList<TableColumn>>(StringComparer.Ordinal);
        foreach (var line in EmbeddedTable.Lines("columns.tsv"))
        {
            var field = line.Split('\t');
            result[$"{field[0]}/{field[1]}"] = [.. field[2].Split(' ').Select(Parse)];
        }

        return result;
    }

    private static TableColumn Parse(string text)
    {
        var part = text.Split(':');
        var name = part[0].Replace('_', ' ');
        return new TableColumn(name, part[1], part.Contains("name") ? "name" : "", name, part.Contains("wide") ? 1 : 0);
    }
}

/// <summary>Texts of cells.</summary>
internal static class TableCells
{
    public static JsonNode Age(JsonObject item, DateTimeOffset now) => Since(item.At("metadata", "creationTimestamp"), now);

    /// <summary>How long ago a timestamp was, such as "5m12s"; "&lt;unknown&gt;" when there is none.</summary>
    public static JsonNode Since(JsonNode? timestamp, DateTimeOffset now) =>
        ParseTime(timestamp) is { } time ? HumanDuration(now - time) : "<unknown>";

    public static DateTimeOffset? ParseTime(JsonNode? timestamp) =>
        DateTimeOffset.TryParse(Json.AsString(timestamp), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    /// <summary>Durations with the two digits that matter, as kubectl shows them.</summary>
    public static string HumanDuration(TimeSpan duration)
    {
        var seconds = (long)duration.TotalSeconds;
        if (seconds < -1)
            return "<invalid>";
        if (seconds < 0)
            return "0s";
        if (seconds < 60 * 2)
            return $"{seconds}s";
        var minutes = seconds / 60;
        if (minutes < 10)
            return WithRest(minutes, "m", seconds % 60, "s");
        if (minutes < 60 * 3)
            return $"{minutes}m";
        var hours = minutes / 60;
        if (hours < 8)
            return WithRest(hours, "h", minutes % 60, "m");
        if (hours < 48)
            return $"{hours}h";
        if (hours < 24 * 8)
            return WithRest(hours / 24, "d", hours % 24, "h");
        if (hours < 24 * 365 * 2)
            return $"{hours / 24}d";
        return hours < 24 * 365 * 8 ? WithRest(hours / 24 / 365, "y", hours / 24 % 365, "d") : $"{hours / 24 / 365}y";
    }

    private static string WithRest(long whole, string unit, long rest, string restUnit) => rest == 0 ? $"{whole}{unit}" : $"{whole}{unit}{rest}{restUnit}";
}
