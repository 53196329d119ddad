using System.Text.Json.Nodes;
using Sluice.Cli.Output;
using Sluice.Client;
using Sluice.Protocol;

namespace Sluice.Cli.Data;

/// <summary>What became of one of the things that a command was asked to change.</summary>
internal readonly record struct ItemOutcome(string Name, string Done, KafkaException? Error);

/// <summary>Shows what became of each thing; those that failed do not hide those that did not.</summary>
internal static class Outcomes
{
    /// <summary>The exit code: failed when one did.</summary>
    public static int Show(string format, IEnumerable<ItemOutcome> outcomes)
    {
        List<ItemOutcome> all = [.. outcomes];
        if (format == OutputFormat.Json) OutputFormat.Write(OutputFormat.Array(all.Select(ToJson)));
        foreach (ItemOutcome outcome in all)
        {
            if (outcome.Error is { } error) Console.Error.WriteLine($"sluice: {Errors.Text(error)}");
            else if (format != OutputFormat.Json) Console.Out.WriteLine($"{outcome.Name}: {outcome.Done}");
        }

        return all.TrueForAll(o => o.Error is null) ? ExitCodes.Done : ExitCodes.Failed;
    }

    private static JsonObject ToJson(ItemOutcome outcome) => outcome.Error is { } error
        ? new JsonObject { ["name"] = outcome.Name, ["error"] = error.Code.ProtocolName(), ["message"] = error.Message }
        : new JsonObject { ["name"] = outcome.Name, ["result"] = outcome.Done };
}
