using Sluice.Core.Partitions;
using Sluice.Core.Shards;
using Sluice.Core.Tests.Fixtures;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Nodes;

/// <summary>A topic that is deleted and created again has the old one's name, and nothing else of it.</summary>
public sealed class RecreatedTopicTests
{
    private const int CheckpointMs = 60_000;

    private static CreateTopicsRequest Create(string name) => new() { Topics = [new() { Name = name, NumPartitions = 1, ReplicationFactor = 1 }], TimeoutMs = 30_000 };

    private static DeleteTopicsRequest Delete(string name) => new() { TopicNames = [name], TimeoutMs = 30_000 };

    private static Shard OwnerOf(TestNode node, string topic) => node.Node.Shards[node.Shard.OwnerOf(node.Image.Topics.ByName(topic)!.Id, 0)];

    private static Partition Find(TestNode node, string topic) => OwnerOf(node, topic).Partitions.Find(node.Image.Topics.ByName(topic)!.Id, 0)!;

    private static void Append(TestNode node, string topic, int batches)
    {
        for (int i = 0; i < batches; i++)
        {
            var answer = node.Ask(TestBatches.Produce(topic, TestBatches.Batch(["value"], node.Clock.NowMs)), 9);
            Assert.Equal(ErrorCode.None, answer.Responses[0].PartitionResponses[0].ErrorCode);
        }
    }

    /// <summary>A topic whose offsets are in the checkpoints, with a log that begins at offset 20.</summary>
    private static void CheckpointOld(TestNode node)
    {
        node.Ask(Create("a"), 5);
        Append(node, "a", 30);
        Find(node, "a").Log!.AdvanceLogStartOffset(20);
        node.Pass(CheckpointMs);
        Assert.Contains("a 0 20", File.ReadAllText($"{node.Path}/log-start-offset-checkpoint"), StringComparison.Ordinal);
    }

    /// <summary>Topic a has three records and is deleted, but the disk does not let its directory be renamed.</summary>
    private static void DeleteInPlace(TestNode node)
    {
        node.Disk.Failing = "/a-0";
        node.Ask(Create("a"), 5);
        Append(node, "a", 3);
        node.Disk.CannotRename = true;
        node.Ask(Delete("a"), 5);
    }

    [Fact]
    public void Its_records_outlive_a_kill_although_the_checkpoints_still_speak_of_the_old_topic()
    {
        using var node = new TestNode(shards: 2);
        CheckpointOld(node);
        node.Ask(Delete("a"), 5);
        node.Ask(Create("a"), 5);
        Append(node, "a", 5);
        node.Crash();
        Partition partition = Find(node, "a");
        Assert.Equal((0L, 5L), (partition.Log!.LogStartOffset, partition.Log.LogEndOffset));
    }

    [Fact]
    public void It_is_offline_while_a_full_disk_keeps_the_old_offsets_in_the_checkpoints()
    {
        using var node = new TestNode();
        CheckpointOld(node);
        node.Disk.Failing = "log-start-offset-checkpoint";
        node.Disk.IsFull = true;
        node.Ask(Delete("a"), 5);
        node.Ask(Create("a"), 5);
        node.Ask(Create("b"), 5);
        Assert.Null(Find(node, "a").Log);
        Assert.Equal(ErrorCode.KafkaStorageError, node.Ask(TestBatches.Produce("a", TestBatches.Batch(["value"], node.Clock.NowMs)), 9).Responses[0].PartitionResponses[0].ErrorCode);
        Append(node, "b", 1);
        node.Crash();
        Assert.Null(Find(node, "a").Log);
        node.Disk.IsFull = false;
        node.Crash();
        Append(node, "a", 5);
        node.Crash();
        Assert.Equal((0L, 5L), (Find(node, "a").Log!.LogStartOffset, Find(node, "a").Log!.LogEndOffset));
    }

    [Fact]
    public void The_node_ends_when_the_disk_cannot_take_the_old_offsets_out_of_the_checkpoints()
    {
        using var node = new TestNode();
        CheckpointOld(node);
        node.Ask(Delete("a"), 5);
        node.Disk.Failing = "log-start-offset-checkpoint";
        node.Disk.CannotRename = true;
        HaltedException end = Assert.Throws<HaltedException>(() => node.Ask(Create("a"), 5));
        Assert.Contains("taking deleted partitions out of the checkpoints failed", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_that_was_under_way_does_not_bring_the_old_offsets_back()
    {
        using var node = new TestNode(shards: 2);
        CheckpointOld(node);
        // The offsets are collected; the writing waits until the topic is another one.
        node.Clock.NowMs += CheckpointMs;
        node.Hosts[0].HoldsBackground = true;
        node.Pass(0);
        BackgroundTask[] writing = [.. node.Hosts[0].Background];
        Assert.NotEmpty(writing);
        node.Hosts[0].Background.Clear();
        node.Hosts[0].HoldsBackground = false;
        node.Ask(Delete("a"), 5);
        node.Ask(Create("a"), 5);
        foreach (BackgroundTask task in writing)
            node.Shard.Complete(task, Record.Exception(task.Execute));
        Append(node, "a", 5);
        node.Crash();
        Assert.Equal((0L, 5L), (Find(node, "a").Log!.LogStartOffset, Find(node, "a").Log!.LogEndOffset));
    }

    [Fact]
    public void Its_log_start_offset_outlives_a_clean_stop_right_after_its_creation()
    {
        using var node = new TestNode();
        CheckpointOld(node);
        node.Ask(Delete("a"), 5);
        node.Ask(Create("a"), 5);
        Append(node, "a", 5);
        Find(node, "a").Log!.AdvanceLogStartOffset(3);
        node.Restart();
        Assert.Equal((3L, 5L), (Find(node, "a").Log!.LogStartOffset, Find(node, "a").Log!.LogEndOffset));
    }

    [Fact]
    public void It_does_not_take_over_the_directory_while_another_shard_still_has_to_let_it_go()
    {
        using var node = new TestNode(shards: 2);
        string[] names = [.. Enumerable.Range(0, 10).Select(i => $"t{i}")];
        foreach (string name in names)
        {
            node.Ask(Create(name), 5);
            Append(node, name, 3);
        }
        foreach (string name in names)
        {
            node.Send(Delete(name), 5, settle: false);
            node.Send(Create(name), 5, settle: false);
        }
        // Shard 1 is busy with something else for some turns of shard 0.
        for (int i = 0; i < 10; i++) node.Hosts[0].Turn();
        node.Settle();
        foreach (string name in names)
        {
            Partition partition = Find(node, name);
            Assert.Equal(0, partition.Log!.LogEndOffset);
            Assert.Equal($"{node.Path}/{name}-0", partition.Log.Directory);
            Assert.Contains(partition.TopicId.ToString(), File.ReadAllText($"{node.Path}/{name}-0/partition.metadata"), StringComparison.Ordinal);
            Append(node, name, 1);
        }
        node.Crash();
        foreach (string name in names) Assert.Equal(1, Find(node, name).Log!.LogEndOffset);
    }

    [Fact]
    public void It_does_not_come_back_with_the_records_of_one_that_was_offline()
    {
        using var node = new TestNode();
        node.Ask(Create("a"), 5);
        Append(node, "a", 3);
        Find(node, "a").GoOffline(node.Shard, "its disk failed", null);
        node.Ask(Delete("a"), 5);
        node.Ask(Create("a"), 5);
        Assert.Equal(0, Find(node, "a").Log!.LogEndOffset);
        Assert.Single(Directory.GetDirectories(node.Path, "a-0.*-delete"));
        node.Pass(60_000);
        Assert.Empty(Directory.GetDirectories(node.Path, "a-0.*-delete"));
    }

    [Fact]
    public void It_is_offline_rather_than_in_the_old_directory_when_that_cannot_be_renamed()
    {
        using var node = new TestNode();
        DeleteInPlace(node);
        node.Ask(Create("a"), 5);
        Assert.Null(Find(node, "a").Log);
        node.Disk.CannotRename = false;
        node.Crash();
        Assert.Equal(0, Find(node, "a").Log!.LogEndOffset);
    }

    [Fact]
    public void The_old_directory_is_renamed_for_it_when_that_could_not_be_done_at_the_deletion()
    {
        using var node = new TestNode();
        DeleteInPlace(node);
        node.Disk.CannotRename = false;
        node.Ask(Create("a"), 5);
        Append(node, "a", 1);
        Assert.Equal(1, Find(node, "a").Log!.LogEndOffset);
        Assert.Single(Directory.GetDirectories(node.Path, "a-0.*-delete"));
        node.Pass(60_000);
        Assert.Empty(Directory.GetDirectories(node.Path, "a-0.*-delete"));
        node.Crash();
        Assert.Equal(1, Find(node, "a").Log!.LogEndOffset);
    }

    [Fact]
    public void It_is_not_taken_for_one_whose_directory_had_lost_its_topic_id()
    {
        using var node = new TestNode();
        node.Disk.Failing = "/a-0";
        node.Ask(Create("a"), 5);
        Append(node, "a", 3);
        node.Node.Stop(clean: false);
        File.Delete($"{node.Path}/a-0/partition.metadata");
        node.Start();
        Assert.Equal(3, Find(node, "a").Log!.LogEndOffset);
        node.Disk.CannotRename = true;
        node.Ask(Delete("a"), 5);
        node.Ask(Create("a"), 5);
        node.Disk.CannotRename = false;
        node.Crash();
        Assert.Equal(0, Find(node, "a").Log!.LogEndOffset);
    }
}
