using Sluice.Core.Shards;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Core.Requests;

/// <summary>What a shard does for one API. Each shard has its own instance, so a handler may pool objects without a lock.</summary>
/// <param name="key">The API.</param>
/// <param name="minVersion">The oldest version that is answered.</param>
/// <param name="maxVersion">The newest version that is answered, and that ApiVersions advertises.</param>
public abstract class ApiHandler(ApiKey key, short minVersion, short maxVersion)
{
    /// <summary>The API.</summary>
    public ApiKey Key { get; } = key;

    /// <summary>The oldest version that is answered.</summary>
    public short MinVersion { get; } = minVersion;

    /// <summary>The newest version that is answered.</summary>
    public short MaxVersion { get; } = maxVersion;

    /// <summary>The oldest version that ApiVersions tells of: <see cref="MinVersion"/>, but for Produce.</summary>
    public virtual short AdvertisedMinVersion => MinVersion;

    /// <summary>Reads and answers a request, now or later.</summary>
    /// <exception cref="ProtocolException">The body is malformed; the caller closes the connection.</exception>
    public abstract void Handle(Shard shard, RequestContext context);

    /// <summary>Answers a version outside the range. As Kafka does, the connection is closed: the client could not read any answer.</summary>
    public virtual void HandleUnsupportedVersion(Shard shard, RequestContext context) =>
        context.CloseConnection($"{Key} version {context.Version} is not supported: versions {MinVersion} to {MaxVersion} are");
}

/// <summary>A handler that is given the parsed request. Produce and Fetch, which pool their requests, derive from the base instead.</summary>
/// <typeparam name="TRequest">The generated request.</typeparam>
/// <param name="key">The API.</param>
/// <param name="minVersion">The oldest version that is answered.</param>
/// <param name="maxVersion">The newest version that is answered.</param>
public abstract class ApiHandler<TRequest>(ApiKey key, short minVersion, short maxVersion) : ApiHandler(key, minVersion, maxVersion)
    where TRequest : IRequest, new()
{
    /// <inheritdoc/>
    public sealed override void Handle(Shard shard, RequestContext context)
    {
        var request = new TRequest();
        RequestReader.Read(shard, context, request);
        Handle(shard, context, request);
    }

    /// <summary>Answers a request, now or later.</summary>
    protected abstract void Handle(Shard shard, RequestContext context, TRequest request);
}
