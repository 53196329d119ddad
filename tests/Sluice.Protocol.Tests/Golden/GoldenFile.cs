using System.Globalization;
using System.IO.Compression;

namespace Sluice.Protocol.Tests.Golden;

/// <summary>What Apache Kafka's own classes wrote; <c>Golden/regenerate</c> makes it.</summary>
internal static class GoldenFile
{
    private static readonly Lazy<List<string[]>> Lines = new(Load);

    private static readonly Lazy<ILookup<string, GoldenMessage>> ByName = new(() =>
        Rows("message").Select(w => new GoldenMessage(w[1], Number(w[2]), w[3], w[4] == "-" ? [] : Convert.FromHexString(w[4]))).ToLookup(m => m.Name));

    public static IEnumerable<string[]> Rows(string kind) => Lines.Value.Where(words => words[0] == kind);

    public static IEnumerable<GoldenMessage> Messages(string name) => ByName.Value[name];

    public static IEnumerable<string> MessageNames => ByName.Value.Select(g => g.Key);

    public static short Number(string text) => short.Parse(text, CultureInfo.InvariantCulture);

    private static List<string[]> Load()
    {
        using Stream file = typeof(GoldenFile).Assembly.GetManifestResourceStream("golden.txt.gz")!;
        using var text = new StreamReader(new GZipStream(file, CompressionMode.Decompress));
        var lines = new List<string[]>();
        while (text.ReadLine() is string line) lines.Add(line.Split(' '));
        return lines;
    }
}

/// <summary>The bytes of a message in a version, filled as a variant of the rules says.</summary>
internal sealed record GoldenMessage(string Name, short Version, string Variant, byte[] Bytes);
