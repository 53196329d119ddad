using System.Text.RegularExpressions;
using Support;

namespace Compatibility.Clients;

/// <summary>What docs/coming-from-kafka.md shows, as it is written there, so that tests run what people copy.</summary>
internal static partial class MovingPage
{
    private static string Text => File.ReadAllText(Path.Combine(Judges.Repository, "docs", "coming-from-kafka.md"));

    /// <summary>The configuration of MirrorMaker 2, with nothing but the two addresses replaced.</summary>
    public static string MirrorMaker(string kafka, string sluice)
    {
        string[] lines = [.. MirrorMakerBlock().Match(Text).Groups[1].Value.Split('\n').Select(line => line.Trim())];
        return string.Join('\n', lines.Select(line => line.Split('=')[0].Trim() switch
        {
            "kafka.bootstrap.servers" => $"kafka.bootstrap.servers = {kafka}",
            "sluice.bootstrap.servers" => $"sluice.bootstrap.servers = {sluice}",
            _ => line,
        }));
    }

    /// <summary>The commands of Kafka's tools in the table of tools that have arguments, in its order.</summary>
    public static string[][] Commands() => [.. Command().Matches(Text[Text.IndexOf("## Tools", StringComparison.Ordinal)..]).Select(m => m.Groups[1].Value.Split(' '))];

    [GeneratedRegex(@"```properties\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex MirrorMakerBlock();

    [GeneratedRegex(@"`kafka-([a-z-]+ --[^`]+)` \|")]
    private static partial Regex Command();
}
