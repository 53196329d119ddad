using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Leads requests for resources to what reads, writes or watches them.</summary>
internal sealed class ResourceHandler(ReadHandlers reads, WriteHandlers writes, PatchHandler patches, WatchHandler watches, SubresourceHandlers subresources)
{
    public Task HandleAsync(HttpContext http, RequestTarget target)
    {
        var method = http.Request.Method;
        Require(target, Verb(http, target));
        if (target.Resource is { Group: "", Plural: "endpoints" })
            Answers.AddWarnings(http, ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"]);
        if (target.Resource.Custom?.DeprecationWarning is { } warning)
            Answers.AddWarnings(http, [warning]);
        if (target.Subresource == "log")
            return subresources.LogAsync(http, target);
        var format = Negotiation.Parse(http.Request.Headers.Accept);
        switch (target.Subresource)
        {
            case "scale":
                return subresources.ScaleAsync(http, target, format);
            case "binding":
                return subresources.BindAsync(http, target, format);
            case "finalize":
                return subresources.FinalizeAsync(http, target, format);
        }

        if (ReviewHandlers.Handles(target.Resource.Plural))
            return ReviewHandlers.AnswerAsync(http, target, format);
        if (method == HttpMethods.Get && Requests.IsSet(http, "watch"))
            return watches.WatchAsync(http, target, format);
        return (method, target.Name) switch
        {
            ("GET", null) => reads.ListAsync(http, target, format),
            ("GET", _) => reads.GetAsync(http, target, format),
            ("POST", null) => writes.CreateAsync(http, target, format),
            ("PUT", not null) => writes.ReplaceAsync(http, target, format),
            ("PATCH", not null) => patches.PatchAsync(http, target, format),
            ("DELETE", null) => writes.DeleteCollectionAsync(http, target, format),
            ("DELETE", _) => writes.DeleteAsync(http, target, format),
            _ => throw ApiError.MethodNotAllowed(),
        };
    }

    private static string Verb(HttpContext http, RequestTarget target) => (http.Request.Method, target.Name) switch
    {
        ("GET" or "HEAD", null) => Requests.IsSet(http, "watch") ? "watch" : "list",
        ("GET" or "HEAD", _) => Requests.IsSet(http, "watch") ? "watch" : "get",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", null) => "deletecollection",
        ("DELETE", _) => "delete",
        _ => "",
    };

    private static void Require(RequestTarget target, string verb)
    {
        var verbs = target.Subresource is { } name ? target.Resource.Subresources.First(part => part.Name == name).Verbs : target.Resource.Verbs;
        if (!verbs.Contains(verb))
            throw ApiError.MethodNotAllowed();
    }
}
