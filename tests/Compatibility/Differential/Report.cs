using System.Text;
using Sluice.Protocol;

namespace Compatibility.Differential;

/// <summary>Writes docs/kafka-differences.md: what is compared with Apache Kafka, and what differs.</summary>
internal static class Report
{
    public static string Text()
    {
        IReadOnlyList<Case> cases = Suite.Cases;
        var text = new StringBuilder("# Compared with Apache Kafka\n\n");
        text.Append("Generated from the test's own lists; `./test Compatibility` fails when it is stale.\n\n");
        text.Append($"{cases.Count} requests, most with an edge to them (unknown topics, bad settings, offsets out of range, wrong epochs, empty and duplicate lists, absurd sizes,\n");
        text.Append($"malformed frames), are sent in every version that can say them: {cases.Sum(Count)} answers. Apache Kafka 4.3.1's are recorded in `tests/Compatibility/Answers`; Sluice's are compared\n");
        text.Append("with them field by field. What may differ from run to run (ids that a broker draws, times, sizes in bytes) is compared by kind, lists without order are sorted,\n");
        text.Append("documentation is compared by being there. `SLUICE_RECORD=1 ./test Compatibility` asks a real Kafka again and rewrites the recorded answers.\n\n");
        text.Append("| API | versions | requests | answers |\n|---|---|---|---|\n");
        foreach (ApiKey key in Suite.Keys)
        {
            Case[] own = [.. cases.Where(c => c.Key == key)];
            text.Append($"| {key} | {own.Min(c => c.From)}-{own.Max(c => c.To)} | {own.Length} | {own.Sum(Count)} |\n");
        }
        text.Append($"\n## Differences ({Differences.All.Count})\n\n");
        text.Append("| API | requests | fields | why |\n|---|---|---|---|\n");
        foreach (Difference d in Differences.All.OrderBy(d => d.Key)) text.Append($"| {d.Key} | {Plain(d.Cases)} | {Plain(d.Fields)} | {d.Reason} |\n");
        return text.ToString();
    }

    private static int Count(Case one) => one.To - one.From + 1;

    /// <summary>A regular expression in a form that a table of Markdown can show.</summary>
    private static string Plain(string expression) => expression == ".*" ? "all" : $"`{expression.Replace("|", "\\|", StringComparison.Ordinal)}`";
}
