using System.Globalization;
using Sluice.Core.Configuration;
using Sluice.Core.Metadata;
using Sluice.Core.Metadata.Changes;
using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;
using Described = Sluice.Protocol.Messages.DescribeConfigsResponse.DescribeConfigsResourceResult;
using DescribedResource = Sluice.Protocol.Messages.DescribeConfigsResponse.DescribeConfigsResult;

namespace Sluice.Core.Api;

/// <summary>DescribeConfigs: what the settings of topics and brokers come to, and where each value comes from.</summary>
internal sealed class DescribeConfigs() : ApiHandler<DescribeConfigsRequest>(ApiKey.DescribeConfigs, DescribeConfigsRequest.MinVersion, DescribeConfigsRequest.MaxVersion)
{
    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DescribeConfigsRequest request)
    {
        var response = new DescribeConfigsResponse();
        foreach (DescribeConfigsRequest.DescribeConfigsResource asked in request.Resources)
        {
            var result = new DescribedResource { ResourceType = asked.ResourceType, ResourceName = asked.ResourceName, ErrorMessage = "" };
            var work = new Work(shard, asked, request.IncludeSynonyms, request.IncludeDocumentation, result);
            ChangeError error = work.Run();
            if (error.IsError)
            {
                result.ErrorCode = error.Code;
                result.ErrorMessage = error.Message ?? "";
                result.Configs.Clear();
            }
            response.Results.Add(result);
        }
        context.Respond(response);
    }

    private sealed class Work(Shard shard, DescribeConfigsRequest.DescribeConfigsResource asked, bool withSynonyms, bool withDocumentation, DescribedResource result)
    {
        private readonly ConfigResolver _resolver = new(shard.Node.Properties, shard.Image.Configs);
        private readonly HashSet<string>? _names = asked.ConfigurationKeys is { Count: > 0 } keys ? new(keys, StringComparer.Ordinal) : null;

        public ChangeError Run() => (ConfigResourceType)asked.ResourceType switch
        {
            ConfigResourceType.Topic => Topic(asked.ResourceName),
            ConfigResourceType.Broker => Broker(asked.ResourceName),
            ConfigResourceType.BrokerLogger => Logger(asked.ResourceName),
            ConfigResourceType.ClientMetrics => Unsupported("Client metrics are not supported."),
            ConfigResourceType.Group => Unsupported("Settings of groups are not supported."),
            _ => Unsupported($"Unsupported resource type {asked.ResourceType}"),
        };

        private static ChangeError Unsupported(string message) => new(ErrorCode.InvalidRequest, message);

        private ChangeError Topic(string name)
        {
            if (TopicNames.Check(name) is { } invalid) return new(ErrorCode.InvalidTopicException, invalid);
            if (shard.Image.Topics.ByName(name) is null) return new(ErrorCode.UnknownTopicOrPartition);
            IReadOnlyDictionary<string, string> own = shard.Image.Configs.Of(ConfigResource.Topic(name));
            foreach (ConfigDefinition definition in TopicConfigs.Table.All)
            {
                if (Wants(definition.Name)) Add(_resolver.Topic(definition, own), isReadOnly: false);
            }
            return ChangeError.None;
        }

        private ChangeError Broker(string name)
        {
            if (name.Length == 0) return AllBrokers();
            ChangeError error = CheckBroker(name, "{0} or empty string");
            if (error.IsError) return error;
            foreach (ConfigDefinition definition in BrokerConfigs.Table.All)
            {
                if (Wants(definition.Name)) Add(_resolver.Broker(definition), definition.UpdateMode == ConfigUpdateMode.ReadOnly);
            }
            return ChangeError.None;
        }

        /// <summary>What was set at run time for all brokers, and nothing else.</summary>
        private ChangeError AllBrokers()
        {
            foreach ((string name, string value) in shard.Image.Configs.Of(ConfigResource.AllBrokers))
            {
                if (!Wants(name) || BrokerConfigs.Table.Find(name) is not { } definition) continue;
                string shown = definition.Canonical(value);
                Add(new(definition, shown, ConfigSource.DynamicDefaultBroker, [new(name, shown, ConfigSource.DynamicDefaultBroker)]), isReadOnly: false);
            }
            return ChangeError.None;
        }

        private ChangeError Logger(string name)
        {
            const string Root = "root";
            if (name.Length == 0) return new(ErrorCode.InvalidRequest, "Broker id must not be empty");
            ChangeError error = CheckBroker(name, "{0}");
            if (error.IsError || !Wants(Root)) return error;
            result.Configs.Add(new Described
            {
                Name = Root,
                Value = shard.Node.Properties["sluice.log.level"].ToUpperInvariant(),
                ReadOnly = true,
                ConfigSource = (sbyte)ConfigSource.StaticBroker,
                Documentation = withDocumentation ? BrokerConfigs.Table["sluice.log.level"].Documentation : null,
            });
            return ChangeError.None;
        }

        private ChangeError CheckBroker(string name, string expected)
        {
            if (!int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int id))
                return new(ErrorCode.InvalidRequest, $"Broker id must be an integer, but it is: {name}");
            int own = shard.Node.NodeId;
            string separator = expected == "{0}" ? " but" : ", but";
            return id == own
                ? ChangeError.None
                : new(ErrorCode.InvalidRequest, $"Unexpected broker id, expected {string.Format(CultureInfo.InvariantCulture, expected, own)}{separator} received {id}");
        }

        private bool Wants(string name) => _names is null || _names.Contains(name);

        private void Add(ResolvedConfig config, bool isReadOnly)
        {
            ConfigDefinition definition = config.Definition;
            result.Configs.Add(new Described
            {
                Name = definition.Name,
                Value = definition.IsSensitive ? null : config.Value,
                ReadOnly = isReadOnly,
                ConfigSource = (sbyte)config.Source,
                IsSensitive = definition.IsSensitive,
                ConfigType = (sbyte)definition.Type,
                Documentation = withDocumentation ? definition.Documentation : null,
                Synonyms = withSynonyms ? Synonyms(config) : [],
            });
        }

        private static List<DescribeConfigsResponse.DescribeConfigsSynonym> Synonyms(ResolvedConfig config) =>
        [
            .. config.Synonyms.Select(s => new DescribeConfigsResponse.DescribeConfigsSynonym { Name = s.Name, Value = config.Definition.IsSensitive ? null : s.Value, Source = (sbyte)s.Source }),
        ];
    }
}
