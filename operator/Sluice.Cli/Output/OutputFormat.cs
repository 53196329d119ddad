using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sluice.Cli.Output;

/// <summary>How a command shows its result: for eyes or for programs.</summary>
internal static class OutputFormat
{
    public const string Table = "table";
    public const string Json = "json";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };
    private static readonly JsonSerializerOptions OneLine = new();

    /// <summary>A new option; each command has its own.</summary>
    public static Option<string> Option()
    {
        Option<string> option = new("--output", "-o") { Description = "How to show the result: table or json", HelpName = "format", DefaultValueFactory = _ => Table };
        option.AcceptOnlyFromAmong(Table, Json);
        return option;
    }

    /// <summary>Writes a document.</summary>
    public static void Write(JsonNode document) => Console.Out.WriteLine(document.ToJsonString(Indented));

    /// <summary>Writes a document on one line, as one of many.</summary>
    public static void WriteLine(TextWriter output, JsonNode document) => output.WriteLine(document.ToJsonString(OneLine));

    /// <summary>An array of documents.</summary>
    public static JsonArray Array(IEnumerable<JsonNode> items) => new([.. items]);
}
