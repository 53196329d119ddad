using System.Text.RegularExpressions;
using Sluice.Client.Cluster;
using Sluice.Protocol;

namespace Sluice.Client.Consuming.Groups;

/// <summary>Chooses topics by their names. The whole name must match, and internal topics never do, as in Java's consumer.</summary>
internal sealed class TopicPattern
{
    private readonly Regex _whole;

    public TopicPattern(Regex pattern)
    {
        // With comments allowed, one at the pattern's end would swallow what follows.
        string end = (pattern.Options & RegexOptions.IgnorePatternWhitespace) != 0 ? "\n" : "";
        _whole = new Regex($@"\A(?:{pattern}{end})\z", pattern.Options, pattern.MatchTimeout);
    }

    /// <summary>The topics that exist and match.</summary>
    /// <exception cref="RegexMatchTimeoutException">The pattern took longer than it allows itself.</exception>
    public HashSet<string> Matches(ClusterView view) =>
        [.. view.Topics.Where(t => t.Error == ErrorCode.None && !t.IsInternal && _whole.IsMatch(t.Name)).Select(t => t.Name)];
}
