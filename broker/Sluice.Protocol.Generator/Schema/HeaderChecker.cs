using Sluice.Protocol.Generator.Emit;
using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Generator.Schema;

/// <summary>Rules between schema files: numbers are unique, requests and responses come in pairs.</summary>
internal static class HeaderChecker
{
    /// <summary>The errors with the path of the file that each is reported in.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Check(IReadOnlyList<MessageHeader> headers)
    {
        foreach (IGrouping<string, MessageHeader> same in headers.GroupBy(h => h.Name).Where(g => g.Count() > 1))
            yield return new(same.Last().Path, $"{same.Key} is described in two files");
        foreach (var same in headers.Where(h => h.Key >= 0).GroupBy(h => (h.Kind, h.Key)).Where(g => g.Count() > 1))
            yield return new(same.Last().Path, $"number {same.Key.Key} is taken by {same.First().Name}");
        foreach (MessageHeader header in headers)
        {
            string? error = header.Kind switch
            {
                MessageKind.Request => Pair(header, headers.FirstOrDefault(h => h.Name == MessageNames.Response(header.Name))),
                MessageKind.Response => Pair(header, headers.FirstOrDefault(h => h.Name == MessageNames.Request(header.Name))),
                _ => null,
            };
            if (error is not null) yield return new(header.Path, error);
        }
    }

    private static string? Pair(MessageHeader one, MessageHeader? other)
    {
        if (MessageNames.Api(one.Name) == one.Name) return $"{one.Name} does not end with Request or Response";
        if (other is null) return $"{one.Name} has no counterpart";
        if (one.Key != other.Key) return $"{one.Name} has api={one.Key}, {other.Name} has api={other.Key}";
        if (!one.Versions.Equals(other.Versions)) return $"{one.Name} has versions={one.Versions}, {other.Name} has versions={other.Versions}";
        return one.Flexible.Equals(other.Flexible) ? null : $"{one.Name} has flexible={one.Flexible}, {other.Name} has flexible={other.Flexible}";
    }
}
