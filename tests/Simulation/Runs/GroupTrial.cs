using Simulation.Clients;
using Simulation.Models;

namespace Simulation.Runs;

/// <summary>
/// Groups without faults: their members come to work in one generation with every partition owned, stay in it as long as they are heard of,
/// and when one is not heard of any more the others soon have its partitions.
/// </summary>
internal sealed class GroupTrial(World world, GroupMember[] members)
{
    /// <summary>A session of a member that is gone, a rebalance that waits for it to its end, and some turns.</summary>
    private const long SettledWithinMs = 5 * GroupMember.SessionMs + 3 * GroupMember.RebalanceMs;

    private const long KeptForMs = 3 * GroupMember.SessionMs;

    /// <summary>Members come in this often, so that each is heard of several times in a session.</summary>
    private const int TurnMsMax = GroupMember.SessionMs / 30;

    /// <summary>Runs the trial.</summary>
    public void Run()
    {
        if (members.Length == 0) return;
        foreach (GroupMember member in members) member.WasIdle();
        Settle(members);
        Keep();
        // Whoever falls silent without a word: its name is free in the end.
        GroupMember silent = members[world.Random.Next(members.Length)];
        world.Trace.Note($"{silent.Name} falls silent");
        Settle([.. members.Where(m => m != silent)]);
    }

    private void Settle(GroupMember[] acting)
    {
        long end = world.Clock.ElapsedMs + SettledWithinMs;
        for (int i = 0; world.Clock.ElapsedMs < end; i++)
        {
            if (world.Groups.TrueForAll(group => IsSettled(group, acting))) return;
            Turn(acting, i);
        }
        throw new Violation($"a group does not settle in {SettledWithinMs} ms: {string.Join(", ", acting.Select(m => $"{m.Name} of generation {m.Generation} has {string.Join('+', m.Owned)}{(m.IsSettled ? "" : ", not settled")}"))}");
    }

    private void Keep()
    {
        int[] generations = [.. members.Select(m => m.Generation)];
        long end = world.Clock.ElapsedMs + KeptForMs;
        for (int i = 0; world.Clock.ElapsedMs < end; i++)
        {
            Turn(members, i);
            if (Array.FindIndex(members, m => m.Generation != generations[Array.IndexOf(members, m)] || !m.IsWorking) is >= 0 and var at)
                throw new Violation($"{members[at].Name} was heard of all the time, and its group is in generation {members[at].Generation} instead of {generations[at]}");
        }
    }

    private void Turn(GroupMember[] acting, int i)
    {
        acting[i % acting.Length].Act(isCalm: true);
        for (int steps = 0; steps < 50 && world.Machine.Step(); steps++)
        {
        }
        world.Clock.Advance(world.Random.Next(TurnMsMax));
    }

    private static bool IsSettled(GroupModel group, GroupMember[] acting)
    {
        GroupMember[] members = Array.FindAll(acting, m => m.Group == group);
        return Array.TrueForAll(members, m => m.IsSettled && m.Generation == members[0].Generation)
            && members.SelectMany(m => m.Owned).Order().SequenceEqual(Enumerable.Range(0, GroupModel.Partitions));
    }
}
