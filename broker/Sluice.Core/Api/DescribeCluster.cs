using Sluice.Core.Metadata.Images;
using Sluice.Core.Requests;
using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Api;

/// <summary>DescribeCluster: the brokers (KIP-700), fenced ones too when asked (KIP-1073).</summary>
internal sealed class DescribeCluster() : ApiHandler<DescribeClusterRequest>(ApiKey.DescribeCluster, DescribeClusterRequest.MinVersion, DescribeClusterRequest.MaxVersion)
{
    private const sbyte BrokersEndpoint = 1;
    private const sbyte ControllersEndpoint = 2;

    /// <inheritdoc/>
    protected override void Handle(Shard shard, RequestContext context, DescribeClusterRequest request)
    {
        if (request.EndpointType != BrokersEndpoint)
        {
            context.Respond(request.EndpointType == ControllersEndpoint
                ? new DescribeClusterResponse
                {
                    ErrorCode = ErrorCode.MismatchedEndpointType,
                    ErrorMessage = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER",
                }
                : new DescribeClusterResponse
                {
                    ErrorCode = ErrorCode.UnsupportedEndpointType,
                    ErrorMessage = $"Unsupported endpoint type {request.EndpointType}",
                });
            return;
        }
        var response = new DescribeClusterResponse
        {
            ClusterId = shard.Node.ClusterId,
            ControllerId = shard.Node.NodeId,
            ClusterAuthorizedOperations = request.IncludeClusterAuthorizedOperations ? AuthorizedOperations.OfCluster : int.MinValue,
        };
        foreach (BrokerImage broker in shard.Image.Brokers.All)
        {
            if (broker.IsFenced && !request.IncludeFencedBrokers) continue;
            if (broker.Endpoint(context.Connection.ListenerName) is not { } endpoint) continue;
            response.Brokers.Add(new() { BrokerId = broker.Id, Host = endpoint.Host, Port = endpoint.Port, Rack = broker.Rack, IsFenced = broker.IsFenced });
        }
        context.Respond(response);
    }
}
