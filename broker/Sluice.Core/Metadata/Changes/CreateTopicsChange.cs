using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>Creates topics. Each topic of a request stands for itself: one that is refused does not hold up the others.</summary>
internal static class CreateTopicsChange
{
    public static ChangeResult<CreateTopicsResponse> Compute(ChangeScope scope, CreateTopicsRequest request)
    {
        var work = new Work(scope, request.ValidateOnly);
        HashSet<string> duplicates = [.. request.Topics.GroupBy(t => t.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key)];
        var answered = new HashSet<string>(StringComparer.Ordinal);
        foreach (CreateTopicsRequest.CreatableTopic topic in request.Topics)
        {
            if (!duplicates.Contains(topic.Name)) work.Add(topic);
            else if (answered.Add(topic.Name)) work.Refuse(topic.Name, new(ErrorCode.InvalidRequest, "Duplicate topic name."));
        }
        return new(request.ValidateOnly ? [] : work.Records, new CreateTopicsResponse { Topics = work.Results });
    }

    /// <summary>The answer that refuses every topic alike.</summary>
    public static CreateTopicsResponse Refuse(CreateTopicsRequest request, ErrorCode error) =>
        new() { Topics = [.. request.Topics.DistinctBy(t => t.Name).Select(t => Refusal(t.Name, new(error)))] };

    private static CreateTopicsResponse.CreatableTopicResult Refusal(string name, ChangeError error) =>
        new() { Name = name, ErrorCode = error.Code, ErrorMessage = error.Message, NumPartitions = -1, ReplicationFactor = -1, Configs = [] };

    private sealed class Work(ChangeScope scope, bool validateOnly)
    {
        private readonly ConfigResolver _resolver = new(scope.Properties, scope.Image.Configs);
        private readonly HashSet<string> _mergedNames = new(StringComparer.Ordinal);
        private int _partitions;

        public List<ChangeRecord> Records { get; } = [];

        public List<CreateTopicsResponse.CreatableTopicResult> Results { get; } = [];

        public void Refuse(string name, ChangeError error) => Results.Add(Refusal(name, error));

        public void Add(CreateTopicsRequest.CreatableTopic topic)
        {
            var own = new SortedDictionary<string, string>(StringComparer.Ordinal);
            var assigned = new List<List<int>>();
            ChangeError error = CheckName(topic.Name);
            if (!error.IsError) error = ReadConfigs(topic, own);
            if (!error.IsError) error = Assign(topic, assigned);
            if (!error.IsError && _partitions + assigned.Count > Assignment.PartitionsOfRequestMax)
                error = new(ErrorCode.PolicyViolation, "Excessively large number of partitions per request.");
            if (error.IsError)
            {
                Refuse(topic.Name, error);
                return;
            }
            _partitions += assigned.Count;
            if (TopicNames.CanCollide(topic.Name)) _mergedNames.Add(TopicNames.Merged(topic.Name));
            Uuid id = scope.NewId();
            if (!validateOnly) Write(topic.Name, id, own, assigned);
            Results.Add(Accept(topic.Name, id, own, assigned));
        }

        private ChangeError CheckName(string name)
        {
            if (name == InternalTopics.ClusterMetadata) return new(ErrorCode.InvalidRequest, $"Creation of internal topic {name} is prohibited.");
            if (TopicNames.Check(name) is { } invalid) return new(ErrorCode.InvalidTopicException, invalid);
            if (scope.Image.Topics.ByName(name) is not null) return new(ErrorCode.TopicAlreadyExists, $"Topic '{name}' already exists.");
            if (scope.Image.Topics.Colliding(name) is { } other)
                return new(ErrorCode.InvalidTopicException, $"Topic '{name}' collides with existing topic: {other}");
            return TopicNames.CanCollide(name) && _mergedNames.Contains(TopicNames.Merged(name))
                ? new(ErrorCode.InvalidTopicException, $"Topic '{name}' collides with another topic of the request.")
                : ChangeError.None;
        }

        private ChangeError ReadConfigs(CreateTopicsRequest.CreatableTopic topic, SortedDictionary<string, string> own)
        {
            foreach (CreateTopicsRequest.CreatableTopicConfig config in topic.Configs)
            {
                if (config.Value is null) return new(ErrorCode.InvalidConfig, $"Null value not supported for topic configs: {config.Name}");
                own[config.Name] = config.Value.Trim();
            }
            string? error = TopicConfigs.Check(own, name => _resolver.TopicValue(TopicConfigs.Table[name], own));
            return error is null ? ChangeError.None : new(ErrorCode.InvalidConfig, error);
        }

        private ChangeError Assign(CreateTopicsRequest.CreatableTopic topic, List<List<int>> assigned)
        {
            if (topic.Assignments.Count > 0) return AssignByHand(topic, assigned);
            if (topic.ReplicationFactor is 0 or < -1)
                return new(ErrorCode.InvalidReplicationFactor, "Replication factor must be larger than 0, or -1 to use the default value.");
            if (topic.NumPartitions is 0 or < -1)
                return new(ErrorCode.InvalidPartitions, "Number of partitions was set to an invalid non-positive value.");
            int partitions = Assignment.OrDefault(topic.NumPartitions, scope.Properties.NumPartitions);
            int replicas = Assignment.OrDefault(topic.ReplicationFactor, scope.Properties.DefaultReplicationFactor);
            if (partitions > Assignment.PartitionsOfRequestMax)
                return new(ErrorCode.PolicyViolation, "Excessively large number of partitions per request.");
            return Assignment.Place(scope.Image, 0, partitions, replicas, assigned);
        }

        private ChangeError AssignByHand(CreateTopicsRequest.CreatableTopic topic, List<List<int>> assigned)
        {
            if (topic.ReplicationFactor != -1)
                return new(ErrorCode.InvalidRequest, "A manual partition assignment was specified, but replication factor was not set to -1.");
            if (topic.NumPartitions != -1)
                return new(ErrorCode.InvalidRequest, "A manual partition assignment was specified, but numPartitions was not set to -1.");
            var byPartition = new SortedDictionary<int, List<int>>();
            int replicationFactor = 0;
            foreach (CreateTopicsRequest.CreatableReplicaAssignment assignment in topic.Assignments)
            {
                if (!byPartition.TryAdd(assignment.PartitionIndex, assignment.BrokerIds))
                    return new(ErrorCode.InvalidReplicaAssignment, $"Found multiple manual partition assignments for partition {assignment.PartitionIndex}");
                ChangeError error = Assignment.Check(scope.Image, assignment.BrokerIds, replicationFactor);
                if (error.IsError) return error;
                replicationFactor = assignment.BrokerIds.Count;
            }
            foreach ((int partition, List<int> replicas) in byPartition)
            {
                if (partition != assigned.Count)
                    return new(ErrorCode.InvalidReplicaAssignment, "partitions should be a consecutive 0-based integer sequence");
                assigned.Add(replicas);
            }
            return ChangeError.None;
        }

        private void Write(string name, Uuid id, SortedDictionary<string, string> own, List<List<int>> assigned)
        {
            Records.Add(new(new TopicRecord { Name = name, TopicId = id }));
            foreach ((string setting, string value) in own)
                Records.Add(ConfigRecords.Set(ConfigResource.Topic(name), setting, value));
            for (int i = 0; i < assigned.Count; i++) Records.Add(Assignment.NewPartition(scope.Image, id, i, assigned[i]));
        }

        private CreateTopicsResponse.CreatableTopicResult Accept(string name, Uuid id, SortedDictionary<string, string> own, List<List<int>> assigned)
        {
            var configs = new List<CreateTopicsResponse.CreatableTopicConfigs>();
            foreach (ConfigDefinition definition in TopicConfigs.Table.All)
            {
                ResolvedConfig resolved = _resolver.Topic(definition, own);
                configs.Add(new() { Name = definition.Name, Value = resolved.Value, ConfigSource = (sbyte)resolved.Source });
            }
            return new() { Name = name, TopicId = id, ErrorMessage = null, NumPartitions = assigned.Count, ReplicationFactor = (short)assigned[0].Count, Configs = configs };
        }
    }
}
