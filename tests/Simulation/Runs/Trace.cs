
namespace Simulation.Runs;

/// <summary>
/// What happened in a run, step by step: a hash over all of it, which two runs of one seed must share, and the last steps as text for
/// whoever reads a failure.
/// </summary>
internal sealed class Trace(TextWriter? output)
{
    private const int KeptSteps = 60;
    private readonly Queue<string> _last = new();
    private ulong _hash = 14695981039346656037;

    /// <summary>The hash of all notes so far.</summary>
    public ulong Hash => _hash;

    /// <summary>How many notes there are.</summary>
    public long Count { get; private set; }

    /// <summary>The last notes.</summary>
    public IReadOnlyCollection<string> Last => _last;

    /// <summary>Adds a note.</summary>
    public void Note(string note)
    {
        Count++;
        // FNV-1a over the characters.
        foreach (char c in note) _hash = (_hash ^ c) * 1099511628211;
        _hash = (_hash ^ '\n') * 1099511628211;
        _last.Enqueue(note);
        if (_last.Count > KeptSteps) _last.Dequeue();
        output?.WriteLine(note);
    }
}
