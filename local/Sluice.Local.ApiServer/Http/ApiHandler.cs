using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Sluice.Local.ApiServer.Discovery;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.OpenApi;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Security;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Leads each request to its handler, and turns every failure into a Status.</summary>
internal sealed class ApiHandler(ApiCore core, Authenticator authenticator, ResourceHandler resources, ILogger logger)
{
    private readonly OpenApiHandler _openApi = new();

    public async Task HandleAsync(HttpContext http)
    {
        try
        {
            await RouteAsync(http);
        }
        catch (ApiError error)
        {
            await Answers.ErrorAsync(http, error);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client left.
        }
        catch (Exception error) when (!http.Response.HasStarted)
        {
            ApiLog.RequestFailed(logger, http.Request.Method, http.Request.Path, error);
            await Answers.ErrorAsync(http, ApiError.Internal(error.Message));
        }
    }

    private Task RouteAsync(HttpContext http)
    {
        var path = http.Request.Path.Value ?? "/";
        var part = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (part.Length == 1 && part[0] is "healthz" or "livez" or "readyz")
            return Answers.TextAsync(http, 200, "ok");
        if (part.Length == 1 && part[0] == "version")
            return Answers.BytesAsync(http, 200, "application/json", Json.ToUtf8(ServerVersion.Document(), indented: true));
        authenticator.Check(http);
        var registry = core.Registry;
        return part switch
        {
            ["openapi", ..] => _openApi.HandleAsync(http, registry, part),
            ["api"] or ["apis"] => DiscoverAsync(http, part[0] == "api"),
            ["api", "v1"] => Answers.JsonAsync(http, 200, DiscoveryDocuments.ResourceList(registry, "", "v1")),
            ["apis", var group] when group.Length > 0 && registry.Groups.Contains(group) => Answers.JsonAsync(http, 200, DiscoveryDocuments.Group(registry, group)),
            ["apis", var group, var version] when registry.VersionsOf(group).Contains(version) =>
                Answers.JsonAsync(http, 200, DiscoveryDocuments.ResourceList(registry, group, version)),
            ["api", "v1", _, ..] or ["apis", _, _, _, ..] => resources.HandleAsync(http, RequestPath.Parse(registry, part)),
            _ => throw ApiError.NoSuchPath(),
        };
    }

    private Task DiscoverAsync(HttpContext http, bool isCore)
    {
        if (Negotiation.AcceptsAggregatedDiscovery(http.Request.Headers.Accept))
        {
            http.Response.Headers.Vary = "Accept";
            var body = Json.ToUtf8(DiscoveryDocuments.Aggregated(core.Registry, isCore));
            return Answers.BytesAsync(http, 200, "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", body);
        }

        JsonObject document = isCore ? DiscoveryDocuments.CoreVersions(http.Request.Host.Value ?? "") : DiscoveryDocuments.GroupList(core.Registry);
        return Answers.JsonAsync(http, 200, document);
    }
}
