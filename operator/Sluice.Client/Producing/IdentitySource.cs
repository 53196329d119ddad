using Sluice.Client.Cluster;
using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Sluice.Client.Producing;

/// <summary>Gets a producer id from the cluster, and counts its epochs on.</summary>
internal sealed class IdentitySource(ClusterClient cluster, ProducerOptions options)
{
    private readonly Backoff _backoff = Backoff.Of(options);

    /// <summary>The identity for new batches; none until the cluster gave one.</summary>
    public ProducerIdentity Current { get; private set; } = ProducerIdentity.None;

    /// <summary>Whether new batches may be numbered.</summary>
    public bool IsReady => !options.EnableIdempotence || Current.IsKnown;

    /// <summary>Whether an id must be asked for.</summary>
    public bool IsWanted => !IsReady;

    /// <summary>The identity that follows a lost one: the next epoch, or none when epochs are used up (KIP-360).</summary>
    public void Renew(ProducerIdentity lost)
    {
        if (lost != Current) return;
        Current = lost.Epoch < short.MaxValue ? lost with { Epoch = (short)(lost.Epoch + 1) } : ProducerIdentity.None;
    }

    public void Set(ProducerIdentity identity) => Current = identity;

    /// <summary>Asks until a broker gives an id.</summary>
    /// <exception cref="KafkaException">It never will: the producer may not write, or the broker knows no idempotence.</exception>
    public async Task<ProducerIdentity> AskAsync(CancellationToken cancellation)
    {
        for (int failures = 1; ; failures++)
        {
            try
            {
                KafkaConnection connection = await cluster.AnyAsync(cancellation).ConfigureAwait(false);
                var request = new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = int.MaxValue };
                InitProducerIdResponse response = await connection.SendAsync(request, cancellation).ConfigureAwait(false);
                if (response.ErrorCode == ErrorCode.None) return new ProducerIdentity(response.ProducerId, response.ProducerEpoch);
                if (!response.ErrorCode.IsRetriable())
                    throw KafkaException.For(response.ErrorCode, $"the cluster gives no producer id; set {nameof(ProducerOptions.EnableIdempotence)} to false to do without", "starting an idempotent producer");
            }
            catch (BrokerUnreachableException)
            {
                // Records wait as long as their delivery time-out allows.
            }

            await Task.Delay(_backoff.After(failures), options.Clock, cancellation).ConfigureAwait(false);
        }
    }
}
