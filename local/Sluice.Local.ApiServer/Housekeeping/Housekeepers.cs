using Microsoft.Extensions.Logging;
using Sluice.Local.ApiServer.Operations;

namespace Sluice.Local.ApiServer.Housekeeping;

/// <summary>The controllers that belong to the API itself; those of workloads are its clients.</summary>
internal sealed class Housekeepers : IAsyncDisposable
{
    private readonly GarbageCollector _garbage;
    private readonly NamespaceKeeper _namespaces;
    private readonly DefinitionKeeper _definitions;
    private readonly ClaimProtector _claims;
    private readonly EventExpiry _events;

    public Housekeepers(ApiCore core, ObjectWriter writer, ObjectDeleter deleter, string authority, ILogger logger)
    {
        _garbage = new GarbageCollector(core, deleter, logger);
        _namespaces = new NamespaceKeeper(core, writer, deleter, authority, logger);
        _definitions = new DefinitionKeeper(core, deleter, logger);
        _claims = new ClaimProtector(core, logger);
        _events = new EventExpiry(core, logger);
    }

    public void Start()
    {
        _garbage.Start();
        _namespaces.Start();
        _definitions.Start();
        _claims.Start();
        _events.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _garbage.DisposeAsync();
        await _namespaces.DisposeAsync();
        await _definitions.DisposeAsync();
        await _claims.DisposeAsync();
        await _events.DisposeAsync();
    }
}
