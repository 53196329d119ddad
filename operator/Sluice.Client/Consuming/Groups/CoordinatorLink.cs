using Sluice.Client.Cluster;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Consuming.Groups;

/// <summary>The way to a group's coordinator: found when needed, found again when it moved.</summary>
internal sealed class CoordinatorLink(ClientOptions options, ClusterClient cluster, string group)
{
    private readonly Backoff _backoff = Backoff.Of(options);
    private int _node = -1;

    /// <summary>Sends a request to the coordinator; finds it first when it is not known.</summary>
    /// <param name="request">The request.</param>
    /// <param name="use">Which of the connections; answers of one come in order.</param>
    /// <param name="timeout">How long the answer may take.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <exception cref="BrokerUnreachableException">The coordinator does not answer.</exception>
    /// <exception cref="KafkaException">There is no coordinator now, or the group may not be used.</exception>
    public Task<TResponse> SendAsync<TResponse>(IRequest<TResponse> request, ConnectionUse use, TimeSpan timeout, CancellationToken cancellation)
        where TResponse : class, IResponse, new() =>
        WithConnection(use, connection => connection.SendAsync(request, timeout, cancellation), cancellation);

    /// <summary>As <see cref="SendAsync"/> for commits and look-ups, in a version that is not beyond one.</summary>
    public Task<TResponse> SendAtMostAsync<TResponse>(IRequest<TResponse> request, short versionMax, CancellationToken cancellation)
        where TResponse : class, IResponse, new() =>
        WithConnection(
            ConnectionUse.Coordinator,
            connection => connection.SendAsync(request, Math.Min(connection.VersionFor(request.ApiKey), versionMax), cancellation),
            cancellation);

    /// <summary>The newest version of an API that the coordinator speaks too.</summary>
    public Task<short> VersionAsync(ApiKey key, CancellationToken cancellation) =>
        WithConnection(ConnectionUse.Coordinator, connection => Task.FromResult(connection.VersionFor(key)), cancellation);

    /// <summary>The coordinator is another now, or not known.</summary>
    public void Forget() => Volatile.Write(ref _node, -1);

    /// <summary>Whether an error means that another coordinator is to be asked.</summary>
    public static bool Moved(ErrorCode error) => error is ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable;

    /// <summary>Waits before another attempt.</summary>
    public Task Pause(int failures, CancellationToken cancellation) => Task.Delay(_backoff.After(failures), options.Clock, cancellation);

    /// <summary>Repeats an operation until it succeeds, fails for good, or time is up.</summary>
    /// <param name="attempt">Throws <see cref="KafkaException"/> or <see cref="BrokerUnreachableException"/> when it fails.</param>
    /// <param name="timeout">After it the last error is thrown.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<T> RetryAsync<T>(Func<Task<T>> attempt, TimeSpan timeout, CancellationToken cancellation)
    {
        long start = options.Clock.GetTimestamp();
        for (int failures = 1; ; failures++)
        {
            try
            {
                return await attempt().ConfigureAwait(false);
            }
            catch (KafkaException e) when (e.IsRetriable && options.Clock.GetElapsedTime(start) < timeout)
            {
                if (Moved(e.Code)) Forget();
            }
            catch (BrokerUnreachableException) when (options.Clock.GetElapsedTime(start) < timeout)
            {
                // Another attempt may find another coordinator.
            }

            await Pause(failures, cancellation).ConfigureAwait(false);
        }
    }

    private async Task<T> WithConnection<T>(ConnectionUse use, Func<KafkaConnection, Task<T>> action, CancellationToken cancellation)
    {
        try
        {
            int node = Volatile.Read(ref _node);
            if (node < 0) Volatile.Write(ref _node, node = await cluster.FindGroupCoordinatorAsync(group, cancellation).ConfigureAwait(false));
            KafkaConnection connection = await cluster.NodeAsync(node, use, cancellation).ConfigureAwait(false);
            return await action(connection).ConfigureAwait(false);
        }
        catch (BrokerUnreachableException)
        {
            Forget();
            throw;
        }
    }
}
