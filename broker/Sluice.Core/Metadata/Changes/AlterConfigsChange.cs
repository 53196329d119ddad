using Sluice.Core.Configuration;
using Sluice.Core.Metadata.Images;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Metadata.Changes;

/// <summary>Changes settings of topics and brokers: edits one by one (IncrementalAlterConfigs) or replaces them all (AlterConfigs).</summary>
internal static class AlterConfigsChange
{
    public static ChangeResult<IncrementalAlterConfigsResponse> Compute(ChangeScope scope, IncrementalAlterConfigsRequest request)
    {
        List<ResourceEdits> resources = request.Resources.ConvertAll(r => new ResourceEdits(
            Resource(r.ResourceType, r.ResourceName),
            r.Configs.ConvertAll(c => new ConfigEdit(c.Name, (ConfigOperation)c.ConfigOperation, c.Value)),
            ReplacesAll: false));
        ChangeResult<List<ResourceResult>> result = Compute(scope, resources, request.ValidateOnly);
        return new(result.Records, Answer(result.Answer));
    }

    public static ChangeResult<AlterConfigsResponse> Compute(ChangeScope scope, AlterConfigsRequest request)
    {
        List<ResourceEdits> resources = request.Resources.ConvertAll(r => new ResourceEdits(
            Resource(r.ResourceType, r.ResourceName), r.Configs.ConvertAll(c => new ConfigEdit(c.Name, ConfigOperation.Set, c.Value)), ReplacesAll: true));
        ChangeResult<List<ResourceResult>> result = Compute(scope, resources, request.ValidateOnly);
        return new(result.Records, AnswerReplaced(result.Answer));
    }

    /// <summary>The answer that refuses every resource alike.</summary>
    public static IncrementalAlterConfigsResponse Refuse(IncrementalAlterConfigsRequest request, ErrorCode error) =>
        Answer(request.Resources.ConvertAll(r => new ResourceResult(Resource(r.ResourceType, r.ResourceName), new(error))));

    /// <summary>The answer that refuses every resource alike.</summary>
    public static AlterConfigsResponse Refuse(AlterConfigsRequest request, ErrorCode error) =>
        AnswerReplaced(request.Resources.ConvertAll(r => new ResourceResult(Resource(r.ResourceType, r.ResourceName), new(error))));

    private static AlterConfigsResponse AnswerReplaced(List<ResourceResult> results) => new()
    {
        Responses = results.ConvertAll(r => new AlterConfigsResponse.AlterConfigsResourceResponse
        {
            ResourceType = (sbyte)r.Resource.Type,
            ResourceName = r.Resource.Name,
            ErrorCode = r.Error.Code,
            ErrorMessage = r.Error.Message,
        }),
    };

    private static ConfigResource Resource(sbyte type, string name) => new((ConfigResourceType)type, name);

    private static IncrementalAlterConfigsResponse Answer(List<ResourceResult> results) => new()
    {
        Responses = results.ConvertAll(r => new IncrementalAlterConfigsResponse.AlterConfigsResourceResponse
        {
            ResourceType = (sbyte)r.Resource.Type,
            ResourceName = r.Resource.Name,
            ErrorCode = r.Error.Code,
            ErrorMessage = r.Error.Message,
        }),
    };

    private static ChangeResult<List<ResourceResult>> Compute(ChangeScope scope, List<ResourceEdits> resources, bool validateOnly)
    {
        var records = new List<ChangeRecord>();
        var results = new List<ResourceResult>();
        HashSet<ConfigResource> duplicates = [.. resources.GroupBy(r => r.Resource).Where(g => g.Count() > 1).Select(g => g.Key)];
        foreach (ResourceEdits edits in resources)
        {
            ChangeError error = duplicates.Contains(edits.Resource)
                ? new(ErrorCode.InvalidRequest, "Each resource must appear at most once.")
                : ComputeOne(scope, edits, records);
            results.Add(new(edits.Resource, error));
        }
        return new(validateOnly ? [] : records, results);
    }

    private static ChangeError ComputeOne(ChangeScope scope, ResourceEdits edits, List<ChangeRecord> records)
    {
        ChangeError error = ConfigTargets.Check(scope, edits.Resource);
        if (!error.IsError) error = CheckShape(edits);
        if (error.IsError) return error;
        var resolver = new ConfigResolver(scope.Properties, scope.Image.Configs);
        var old = scope.Image.Configs.SettingsOf(edits.Resource);
        var own = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!edits.ReplacesAll)
        {
            foreach ((string name, string value) in old) own[name] = value;
        }
        foreach (ConfigEdit edit in edits.Edits)
        {
            error = Apply(resolver, edits.Resource, edit, own);
            if (error.IsError) return error;
        }
        var changed = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        foreach ((string name, string value) in own)
        {
            if (!old.TryGetValue(name, out string? before) || before != value) changed[name] = value;
        }
        foreach (string name in old.Keys)
        {
            if (!own.ContainsKey(name)) changed[name] = null;
        }
        error = edits.Resource.Type == ConfigResourceType.Topic ? CheckTopic(resolver, own) : CheckBroker(changed);
        if (error.IsError) return error;
        foreach ((string name, string? value) in changed)
            records.Add(value is null ? ConfigRecords.Delete(edits.Resource, name) : ConfigRecords.Set(edits.Resource, name, value));
        return ChangeError.None;
    }

    private static ChangeError CheckShape(ResourceEdits edits)
    {
        if (edits.Edits.DistinctBy(e => e.Name).Count() != edits.Edits.Count)
            return new(ErrorCode.InvalidRequest, "Error due to duplicate config keys");
        string[] empty = [.. edits.Edits.Where(e => e.Operation != ConfigOperation.Delete && e.Value is null).Select(e => e.Name)];
        return empty.Length == 0
            ? ChangeError.None
            : new(ErrorCode.InvalidRequest, $"Null value not supported for : {string.Join(",", empty)}");
    }

    private static ChangeError Apply(ConfigResolver resolver, ConfigResource resource, ConfigEdit edit, SortedDictionary<string, string> own)
    {
        switch (edit.Operation)
        {
            case ConfigOperation.Set:
                own[edit.Name] = edit.Value!.Trim();
                return ChangeError.None;
            case ConfigOperation.Delete:
                own.Remove(edit.Name);
                return ChangeError.None;
            case ConfigOperation.Append or ConfigOperation.Subtract:
                break;
            default:
                return new(ErrorCode.InvalidRequest, $"Unknown configuration operation {(sbyte)edit.Operation} for {edit.Name}: 0 to 3 are known");
        }
        bool isTopic = resource.Type == ConfigResourceType.Topic;
        ConfigDefinition? definition = (isTopic ? TopicConfigs.Table : BrokerConfigs.Table).Find(edit.Name);
        if (definition?.Type != ConfigType.List)
        {
            if (!isTopic && definition is not null)
                return new(ErrorCode.InvalidConfig, $"Config value {(edit.Operation == ConfigOperation.Append ? "append" : "subtract")} is not allowed for config key: {edit.Name}");
            string verb = edit.Operation == ConfigOperation.Append ? "APPEND" : "SUBTRACT";
            return new(ErrorCode.InvalidConfig, $"Can't {verb} to key {edit.Name} because its type is not LIST.");
        }
        // What a list begins with is what counts now, the default included, so that a value is added to what the user sees.
        string current = isTopic ? resolver.TopicValue(definition, own)
            : own.TryGetValue(edit.Name, out string? set) ? set : resolver.Broker(definition).Value ?? "";
        List<string> values = [.. ConfigList.Split(current)];
        string[] named = ConfigList.Split(edit.Value!);
        if (edit.Operation == ConfigOperation.Subtract) values.RemoveAll(named.Contains);
        else values.AddRange(named.Where(v => v.Length == 0 || !values.Contains(v)).Distinct());
        own[edit.Name] = ConfigList.Join(values);
        return ChangeError.None;
    }

    private static ChangeError CheckTopic(ConfigResolver resolver, SortedDictionary<string, string> own)
    {
        string? error = TopicConfigs.Check(own, name => resolver.TopicValue(TopicConfigs.Table[name], own));
        return error is null ? ChangeError.None : new(ErrorCode.InvalidConfig, error);
    }

    private static ChangeError CheckBroker(SortedDictionary<string, string?> changed)
    {
        foreach (string name in changed.Keys)
        {
            if (BrokerConfigs.Table.Find(name) is null)
                return new(ErrorCode.InvalidConfig, $"Unknown broker config name: {name}{(BrokerConfigs.Table.Nearest(name) is { } nearest ? $". Did you mean {nearest}?" : "")}");
        }
        string[] readOnly = [.. changed.Keys.Where(name => BrokerConfigs.Table[name].UpdateMode == ConfigUpdateMode.ReadOnly)];
        if (readOnly.Length > 0)
            return new(ErrorCode.InvalidRequest, $"Cannot update these configs dynamically: [{string.Join(", ", readOnly)}]");
        foreach ((string name, string? value) in changed)
        {
            if (value is null) continue;
            string? error = BrokerConfigs.Table[name].Check(value) ?? (name == "max.connections.per.ip.overrides" ? AddressLimits.CheckAtRunTime(value) : null);
            if (error is not null) return new(ErrorCode.InvalidRequest, error);
        }
        return ChangeError.None;
    }
}
