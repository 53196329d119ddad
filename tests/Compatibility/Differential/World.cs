using System.Globalization;
using System.Text.RegularExpressions;
using Sluice.Protocol;

namespace Compatibility.Differential;

/// <summary>The broker that cases are sent to, and the names under which answers show what differs from broker to broker.</summary>
/// <param name="host">The broker's address.</param>
/// <param name="port">The broker's port.</param>
/// <param name="data">Its data directory.</param>
internal sealed partial class World(string host, int port, string data)
{
    private readonly Dictionary<long, string> _times = [];
    private readonly Dictionary<Uuid, string> _ids = [];
    private readonly List<(string Actual, string Shown)> _texts = [(data, "<data>")];

    public string Host => host;

    public int Port => port;

    /// <summary>A time that the broker takes for now; cases count from it.</summary>
    public long Now { get; } = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    /// <summary>What cases keep of answers for later cases.</summary>
    public Dictionary<string, object> Kept { get; } = [];

    /// <summary>A time some milliseconds from <see cref="Now"/>, which answers then show as that.</summary>
    public long At(long milliseconds)
    {
        _times[Now + milliseconds] = string.Create(CultureInfo.InvariantCulture, $"now{milliseconds:+#;-#;+0}");
        return Now + milliseconds;
    }

    /// <summary>The id of a topic; one that no topic has when it was not created.</summary>
    public Uuid Id(string topic) => _ids.FirstOrDefault(pair => pair.Value == topic).Key;

    /// <summary>Notes a topic's id.</summary>
    public void Name(Uuid id, string topic) => _ids[id] = topic;

    /// <summary>Has answers show a text, such as an id that the broker drew, under a name.</summary>
    public void Name(string actual, string shown)
    {
        if (actual.Length > 0 && !_texts.Contains((actual, shown))) _texts.Add((actual, shown));
    }

    public string Show(Uuid id) => _ids.TryGetValue(id, out string? name) ? $"<id of {Show(name)}>" : id.High is 0 or 77 ? id.ToString() : "<id>";

    public string Show(string text)
    {
        foreach ((string actual, string shown) in _texts) text = text.Replace(actual, shown, StringComparison.Ordinal);
        // Cases that make something make it once a version, each under a name of its own.
        return OfClock().Replace(OfVersion().Replace(text, "-v*"), "<time>");
    }

    /// <summary>A time under its name; one that the broker's clock gave as just that. Null for a number that is no time.</summary>
    public string? ShowTime(long value) =>
        _times.TryGetValue(value, out string? name) ? $"<{name}>" : value > 1_000_000_000_000 && value < 100_000_000_000_000 ? "<time>" : null;

    [GeneratedRegex(@"-v\d+")]
    private static partial Regex OfVersion();

    /// <summary>Times in texts for people.</summary>
    [GeneratedRegex(@"-?\d{12,}")]
    private static partial Regex OfClock();
}
