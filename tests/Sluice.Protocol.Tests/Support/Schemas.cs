using Sluice.Protocol.Generator.Model;
using Sluice.Protocol.Generator.Schema;
using Sluice.Protocol.Messages;

namespace Sluice.Protocol.Tests.Support;

/// <summary>The schemas that the messages were generated from, and the message types by name.</summary>
internal static class Schemas
{
    private const string Prefix = "schema:";

    private static readonly Lazy<SortedDictionary<string, MessageSchema>> Loaded = new(Load);

    public static IReadOnlyDictionary<string, MessageSchema> All => Loaded.Value;

    public static TheoryData<string> Names => [.. All.Keys];

    public static IMessage New(string name) =>
        (IMessage)Activator.CreateInstance(typeof(IMessage).Assembly.GetType($"Sluice.Protocol.Messages.{name}", throwOnError: true)!)!;

    public static IEnumerable<short> Versions(string name)
    {
        VersionRange range = All[name].Versions;
        for (int version = range.Low; version <= range.High; version++) yield return (short)version;
    }

    private static SortedDictionary<string, MessageSchema> Load()
    {
        var all = new SortedDictionary<string, MessageSchema>(StringComparer.Ordinal);
        foreach (string resource in typeof(Schemas).Assembly.GetManifestResourceNames())
        {
            if (!resource.StartsWith(Prefix, StringComparison.Ordinal)) continue;
            using var text = new StreamReader(typeof(Schemas).Assembly.GetManifestResourceStream(resource)!);
            var errors = new List<SchemaError>();
            all[resource[Prefix.Length..]] = SchemaReader.Read(text.ReadToEnd(), errors)
                ?? throw new InvalidOperationException($"{resource}: {errors[0].Message}");
        }
        return all;
    }
}
