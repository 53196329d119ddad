using Simulation.Runs;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Simulation.Models;

/// <summary>Reads the committed offsets after a restart, and compares them with what members were promised.</summary>
internal static class GroupCheck
{
    /// <summary>Checks every group.</summary>
    /// <param name="world">The run.</param>
    /// <param name="mayHaveLost">Whether acknowledged commits may be gone: the offsets topic promises no flush, and power was lost or the disk failed.</param>
    public static void Run(World world, bool mayHaveLost)
    {
        foreach (GroupModel group in world.Groups)
        {
            long[] told = Ask(world, group);
            world.Trace.Note($"{group.Id} has {string.Join(' ', told)} after the restart");
            group.Restarted(mayHaveLost);
            for (int i = 0; i < told.Length; i++) group.Offsets[i].Restarted(told[i], mayHaveLost, world.Trace.Count);
        }
    }

    private static long[] Ask(World world, GroupModel group)
    {
        var checker = new RestartCheck(world);
        for (int i = 0; i < 1000; i++)
        {
            OffsetFetchResponse.OffsetFetchResponseGroup answer = checker.Ask<OffsetFetchResponse>(
                new OffsetFetchRequest { Groups = [new() { GroupId = group.Id, Topics = [new() { Name = GroupModel.Topic, PartitionIndexes = [.. Enumerable.Range(0, GroupModel.Partitions)] }] }] }, 8).Groups[0];
            if (answer.ErrorCode == ErrorCode.None) return [.. answer.Topics[0].Partitions.Select(p => p.CommittedOffset)];
            bool exists = world.Machine.Node.Shards[0].Image.Topics.ByName("__consumer_offsets") is not null;
            if (answer.ErrorCode == ErrorCode.NotCoordinator && !exists) return [.. Enumerable.Repeat(-1L, GroupModel.Partitions)];
            world.Machine.Settle();
            if (answer.ErrorCode != ErrorCode.CoordinatorLoadInProgress) throw new Violation($"{group.Id} is {answer.ErrorCode} after the restart");
        }
        throw new Violation($"{group.Id} is never loaded after the restart");
    }
}
