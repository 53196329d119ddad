using Simulation.Runs;

namespace Simulation.Models;

/// <summary>
/// What the members of a group know of its committed offset in one partition. Each commit has an offset of its own, so that an offset that
/// is told names the commit that it comes from.
/// </summary>
internal sealed class OffsetModel(string name)
{
    private readonly List<Commit> _commits = [new Commit(-1, -1, 0) { HeardAt = 0 }];
    private long _last;
    private int _toldGeneration = -1;
    private long _toldAt;

    /// <summary>A member commits the next offset.</summary>
    /// <param name="generation">The member's generation.</param>
    /// <param name="now">When, in steps of the run.</param>
    public Commit Sent(int generation, long now)
    {
        var commit = new Commit(++_last, generation, now);
        _commits.Add(commit);
        return commit;
    }

    /// <summary>A commit was acknowledged.</summary>
    public void Acknowledged(Commit commit, long now)
    {
        if (!_commits.Contains(commit)) throw new Violation($"{name}: the commit of {commit.Offset} was acknowledged, but it was settled before");
        if (commit.IsFenced || (commit.Generation < _toldGeneration && commit.SentAt > _toldAt))
            throw new Violation($"{name}: the commit of {commit.Offset} in generation {commit.Generation} was acknowledged after the partition's next owner had begun");
        Settle(commit, commit.SentAt, now);
    }

    /// <summary>A commit was refused: it never counts.</summary>
    public void Refused(Commit commit) => _commits.Remove(commit);

    /// <summary>A member was told the committed offset.</summary>
    /// <param name="offset">The offset.</param>
    /// <param name="generation">The member's generation; from when it owns the partition no older generation may commit.</param>
    /// <param name="askedAt">When the member asked.</param>
    /// <param name="now">When it was told.</param>
    public void Told(long offset, int generation, long askedAt, long now)
    {
        Commit commit = Find(offset, "told");
        if (commit.IsFenced) throw new Violation($"{name}: the offset {offset} is told, but its member of generation {commit.Generation} lost the partition before it counted");
        if (commit.SupersededAt < askedAt) throw new Violation($"{name}: the committed offset went back to {offset}");
        Settle(commit, askedAt, now);
        if (generation > _toldGeneration) (_toldGeneration, _toldAt) = (generation, now);
        foreach (Commit other in _commits)
        {
            if (other.HeardAt < 0 && other.Generation < generation) other.IsFenced = true;
        }
    }

    /// <summary>The broker has started again, and tells what is committed now.</summary>
    /// <param name="offset">The offset.</param>
    /// <param name="mayHaveLost">Whether acknowledged commits may be gone.</param>
    /// <param name="now">When it was told.</param>
    public void Restarted(long offset, bool mayHaveLost, long now)
    {
        Commit commit = Find(offset, "found after the restart");
        if (!mayHaveLost && (commit.IsFenced || commit.SupersededAt < now))
            throw new Violation($"{name}: the committed offset is {offset} after the restart, although a later one was acknowledged");
        if (mayHaveLost) _toldGeneration = -1;
        commit.HeardAt = now;
        commit.SupersededAt = long.MaxValue;
        commit.IsFenced = false;
        // What was on its way is gone with the process.
        _commits.RemoveAll(other => other != commit && other.Offset >= 0 && other.HeardAt < 0);
        foreach (Commit other in _commits)
        {
            if (other != commit) other.SupersededAt = Math.Min(other.SupersededAt, now);
        }
    }

    private void Settle(Commit commit, long since, long now)
    {
        if (commit.HeardAt < 0) commit.HeardAt = now;
        foreach (Commit other in _commits)
        {
            if (other != commit && other.HeardAt >= 0 && other.HeardAt < since) other.SupersededAt = Math.Min(other.SupersededAt, now);
        }
    }

    private Commit Find(long offset, string how) =>
        _commits.Find(c => c.Offset == offset) ?? throw new Violation($"{name}: the offset {offset} was {how}, but nobody committed it, or it was refused");

    /// <summary>A commit on its way, or one that counts.</summary>
    internal sealed record Commit(long Offset, int Generation, long SentAt)
    {
        /// <summary>When it was known to count; -1 while it is not.</summary>
        public long HeardAt { get; set; } = -1;

        /// <summary>When it was known that a later one counts.</summary>
        public long SupersededAt { get; set; } = long.MaxValue;

        /// <summary>Whether its member had lost the partition before it was known to count, so that it never may.</summary>
        public bool IsFenced { get; set; }
    }
}
