using System.Text.RegularExpressions;
using Sluice.Protocol;

namespace Compatibility.Differential;

/// <summary>A field in which Sluice answers otherwise than Kafka on purpose.</summary>
/// <param name="Key">The API.</param>
/// <param name="Cases">Which cases: a regular expression of the whole name.</param>
/// <param name="Fields">Which fields: a regular expression of the whole path.</param>
/// <param name="Reason">Why, for people.</param>
internal sealed record Difference(ApiKey Key, string Cases, string Fields, string Reason)
{
    private readonly Regex _cases = new($"^({Cases})$");
    private readonly Regex _fields = new($"^({Fields})$");

    public bool Covers(Case sent, string path) => sent.Key == Key && _cases.IsMatch(sent.Name) && _fields.IsMatch(path);
}
