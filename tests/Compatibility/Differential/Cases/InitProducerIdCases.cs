using Sluice.Protocol;
using Sluice.Protocol.Messages;

namespace Compatibility.Differential.Cases;

internal static class InitProducerIdCases
{
    public static IEnumerable<Case> All =>
    [
        Of("idempotent", null),
        Of("an empty transactional id", ""),
        Of("no time for transactions", null, timeout: 0),
        Of("a negative time for transactions", null, timeout: -1),
        Of("an id without epoch", null, id: 5, from: 3),
        Of("an epoch without id", null, epoch: 5, from: 3),
        Of("an id with epoch", null, id: 5, epoch: 1, from: 3),
        Of("a negative id", null, id: -2, epoch: 1, from: 3),
        Of("a negative epoch", null, id: 5, epoch: -2, from: 3),
    ];

    private static Case Of(string name, string? transaction, int timeout = 60_000, long id = -1, short epoch = -1, short from = 0) => new(
        ApiKey.InitProducerId, name, (_, _) => new InitProducerIdRequest { TransactionalId = transaction, TransactionTimeoutMs = timeout, ProducerId = id, ProducerEpoch = epoch }) { From = from };
}
