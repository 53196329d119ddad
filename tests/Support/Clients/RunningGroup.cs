namespace Support.Clients;

/// <summary>Members of one group, some of which are killed, and all that they have read.</summary>
internal sealed class RunningGroup(Func<GroupMember> start) : IDisposable
{
    private readonly List<GroupMember> _members = [];
    private readonly List<GroupMember> _gone = [];

    /// <summary>The living members, the oldest first.</summary>
    public IReadOnlyList<GroupMember> Members => _members;

    public void Add(int members)
    {
        for (int i = 0; i < members; i++) _members.Add(start());
    }

    /// <summary>Kills the oldest member as a crash does.</summary>
    public void KillOne() => Remove(member => member.KillHard());

    /// <summary>Lets the oldest member leave the group.</summary>
    public void StopOne() => Remove(member => member.Stop());

    /// <summary>Waits until each living member has read something more.</summary>
    public void AllReadOn(string when, TimeSpan limit)
    {
        long[] before = [.. _members.Select(m => m.Count)];
        Wait.Until($"every member reads {when}", limit, () => _members.Any(m => m.HasEnded) || _members.Select((m, i) => m.Count > before[i]).All(read => read), Explain);
        if (_members.Any(m => m.HasEnded)) throw new Xunit.Sdk.XunitException($"a member ended {when}:\n{Explain()}");
    }

    /// <summary>Waits until every number was read by some member.</summary>
    public void HaveReadAll(long[] numbers, TimeSpan limit)
    {
        HashSet<string> missing = [.. numbers.Select(n => $"{n}")];
        Wait.Until("the group reads every record", limit, () =>
        {
            foreach (GroupMember member in _members.Concat(_gone)) missing.ExceptWith(member.Values);
            return missing.Count == 0;
        }, () => $"{missing.Count} of {numbers.Length} records are missing: {string.Join(' ', missing.Take(20))}\n{Explain()}");
    }

    public void Dispose()
    {
        foreach (GroupMember member in _members.Concat(_gone)) member.Dispose();
    }

    private void Remove(Action<GroupMember> end)
    {
        GroupMember member = _members[0];
        _members.RemoveAt(0);
        _gone.Add(member);
        end(member);
    }

    private string Explain() => string.Join('\n', _members.Select((m, i) => $"member {i}{(m.HasEnded ? " has ended" : "")}, {m.Count} records: {m.Errors}"));
}
