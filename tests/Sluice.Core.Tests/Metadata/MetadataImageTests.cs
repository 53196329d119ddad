using System.Diagnostics;
using Sluice.Core.Metadata;
using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Deltas;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Tests.Metadata;

public sealed class MetadataImageTests
{
    private static ChangeScope Create(ChangeScope scope, string name, int partitions)
    {
        var request = new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }] };
        return scope.With(CreateTopicsChange.Compute(scope, request).Records);
    }

    private static void Refused(string expected, MetadataImage image, params IMetadataRecord[] records)
    {
        var delta = new MetadataDelta(image);
        Assert.Contains(expected, Assert.Throws<MetadataCorruptException>(() => Array.ForEach(records, delta.Replay)).Message);
    }

    [Fact]
    public void The_records_of_a_snapshot_make_the_same_image_again()
    {
        ChangeScope scope = Create(Create(Scopes.OneBroker(("broker.rack", "r1")), "b", 2), "a", 1);
        scope = scope.With([ConfigRecords.Set(ConfigResource.Topic("a"), "flush.ms", "1"), ConfigRecords.Set(ConfigResource.AllBrokers, "log.retention.ms", "5")]);
        scope = scope.With(AllocateProducerIdsChange.Compute(scope, 1).Records);
        ChangeScope again = new ChangeScope(MetadataImage.Empty, scope.Properties, scope.Random).With([.. SnapshotRecords.Of(scope.Image)]);
        Assert.Equal(Scopes.Describe(scope.Image), Scopes.Describe(again.Image));
        Assert.Equal(1000, again.Image.NextProducerId);
        Assert.Equal("r1", again.Image.Brokers.Find(1)!.Rack);
        Assert.False(again.Image.Brokers.Find(1)!.IsFenced);
        Assert.Equal(30, again.Image.Features.Levels["metadata.version"]);
    }

    [Fact]
    public void What_does_not_change_is_shared_with_the_next_image()
    {
        ChangeScope before = Create(Create(Scopes.OneBroker(), "a", 2), "b", 1);
        ChangeScope after = Create(before, "c", 1);
        Assert.Same(before.Image.Topics.ByName("a"), after.Image.Topics.ByName("a"));
        Assert.Same(before.Image.Configs, after.Image.Configs);
        Assert.Same(before.Image.Brokers, after.Image.Brokers);
        Assert.Null(before.Image.Topics.ByName("c"));
    }

    [Fact]
    public void Naming_the_leader_begins_a_new_epoch_and_any_change_a_new_partition_epoch()
    {
        ChangeScope scope = Create(Scopes.OneBroker(), "a", 2);
        scope = scope.With([.. RegisterBrokerChange.NewEpochs(scope.Image, 1)]);
        Assert.All(scope.Image.Topics.ByName("a")!.Partitions, p => Assert.Equal((1, 1, 1), (p.Leader, p.LeaderEpoch, p.PartitionEpoch)));
        scope = scope.With([new(new PartitionChangeRecord { TopicId = scope.Image.Topics.ByName("a")!.Id, PartitionId = 1, Isr = [1] })]);
        Assert.Equal((1, 2), (scope.Image.Topics.ByName("a")!.Partitions[1].LeaderEpoch, scope.Image.Topics.ByName("a")!.Partitions[1].PartitionEpoch));
    }

    [Fact]
    public void A_delta_says_what_changed()
    {
        ChangeScope scope = Create(Create(Scopes.OneBroker(), "a", 2), "b", 1);
        var delta = new MetadataDelta(scope.Image);
        foreach (ChangeRecord record in CreatePartitionsChange.Compute(scope, new CreatePartitionsRequest { Topics = [new() { Name = "a", Count = 3, Assignments = null }] }).Records) delta.Replay(record.Record);
        foreach (ChangeRecord record in DeleteTopicsChange.Compute(scope, new DeleteTopicsRequest { TopicNames = ["b"] }, 5).Records) delta.Replay(record.Record);
        delta.Apply(100, 1);
        TopicDelta changed = Assert.Single(delta.Topics.Changed);
        Assert.Equal((false, "a", 3), (changed.IsNew, changed.After.Name, changed.After.Partitions.Length));
        Assert.Equal([2], changed.ChangedPartitions);
        Assert.Equal("b", Assert.Single(delta.Topics.Removed).Name);
    }

    [Fact]
    public void A_topic_that_comes_and_goes_in_one_delta_leaves_nothing()
    {
        ChangeScope scope = Scopes.OneBroker();
        var delta = new MetadataDelta(scope.Image);
        var id = new Uuid(5, 5000);
        delta.Replay(new TopicRecord { Name = "x", TopicId = id });
        delta.Replay(new ConfigRecord { ResourceType = 2, ResourceName = "x", Name = "flush.ms", Value = "1" });
        delta.Replay(new RemoveTopicRecord { TopicId = id });
        delta.Replay(new TopicRecord { Name = "x", TopicId = new Uuid(5, 5001) });
        MetadataImage image = delta.Apply(9, 1);
        Assert.Empty(delta.Topics.Removed);
        Assert.Equal(new Uuid(5, 5001), image.Topics.ByName("x")!.Id);
        Assert.Empty(image.Configs.Of(ConfigResource.Topic("x")));
    }

    [Fact]
    public void Records_that_contradict_the_image_are_refused()
    {
        MetadataImage image = Create(Scopes.OneBroker(), "a", 1).Image;
        Uuid id = image.Topics.ByName("a")!.Id;
        Refused("its name or id is taken", image, new TopicRecord { Name = "a", TopicId = new Uuid(1, 900) });
        Refused("its name or id is taken", image, new TopicRecord { Name = "b", TopicId = id });
        Refused("no such topic", image, new PartitionRecord { TopicId = new Uuid(1, 900), PartitionId = 0 });
        Refused("the next one would be 1", image, new PartitionRecord { TopicId = id, PartitionId = 2 });
        Refused("but there are 1", image, new PartitionChangeRecord { TopicId = id, PartitionId = 1 });
        Refused("but there is none", image, new RemoveTopicRecord { TopicId = id }, new RemoveTopicRecord { TopicId = id });
        Refused("its epoch is 1", image, new FenceBrokerRecord { Id = 1, Epoch = 77 });
        Refused("is not registered", image, new UnfenceBrokerRecord { Id = 2, Epoch = 1 });
    }

    [Fact]
    public void What_this_version_does_not_know_is_refused_by_name()
    {
        MetadataImage image = Scopes.OneBroker().Image;
        Refused("AccessControlEntryRecord, which this version of Sluice cannot replay", image, new AccessControlEntryRecord());
        Refused("metadata.version is finalized at level 31, but it is supported from level 30 to 30", image, new FeatureLevelRecord { Name = "metadata.version", FeatureLevel = 31 });
        Refused("is not known", image, new FeatureLevelRecord { Name = "group.version", FeatureLevel = 1 });
    }

    [Fact]
    public void A_hundred_thousand_partitions_are_no_burden()
    {
        var clock = Stopwatch.StartNew();
        ChangeScope scope = Scopes.OneBroker();
        for (int i = 0; i < 1000; i++)
        {
            var request = new CreateTopicsRequest();
            for (int j = 0; j < 10; j++) request.Topics.Add(new() { Name = $"topic_{i}_{j}", NumPartitions = 10, ReplicationFactor = 1 });
            var delta = new MetadataDelta(scope.Image);
            foreach (ChangeRecord record in CreateTopicsChange.Compute(scope, request).Records) delta.Replay(record.Record);
            scope = scope with { Image = delta.Apply(i, 1) };
        }
        Assert.Equal(10_000, scope.Image.Topics.Count);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(30), $"creating 10 000 topics of 10 partitions took {clock.Elapsed}");
        clock.Restart();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Create(scope, "one-more", 1);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(allocated < 100_000, $"one more topic took {allocated} bytes beside 10 000: the image is copied, not shared");
    }
}
