using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.Http;

/// <summary>What a path under /api or /apis names.</summary>
internal sealed record RequestTarget(ResourceInfo Resource, string? Namespace, string? Name, string? Subresource)
{
    public string Key => Resource.KeyOf(Namespace, Name!);
}

/// <summary>Reads paths such as <c>/apis/apps/v1/namespaces/default/statefulsets/web/scale</c>.</summary>
internal static class RequestPath
{
    /// <summary>The resource that a path names.</summary>
    /// <exception cref="ApiError">Nothing is served there.</exception>
    public static RequestTarget Parse(ResourceRegistry registry, IReadOnlyList<string> part)
    {
        var (group, version, at) = part[0] == "api" ? ("", part[1], 2) : (part[1], part[2], 3);
        string? ns = null;
        // "namespaces/x/pods" is within a namespace; "namespaces/x" and "namespaces/x/status" are the namespace itself.
        if (part[at] == "namespaces" && part.Count > at + 2 && part[at + 2] is not ("status" or "finalize"))
        {
            ns = part[at + 1];
            at += 2;
        }

        var resource = registry.Find(group, version, part[at]) ?? throw NotServed(group, part[at]);
        if (part.Count > at + 3 || resource.Namespaced && ns is null && part.Count > at + 1 || !resource.Namespaced && ns is not null)
            throw ApiError.NoSuchPath();
        var name = part.Count > at + 1 ? part[at + 1] : null;
        var subresource = part.Count > at + 2 ? part[at + 2] : null;
        if (subresource is not null && !resource.Has(subresource))
        {
            if (subresource is "exec" or "attach" or "portforward" or "proxy" or "eviction" or "ephemeralcontainers" or "resize" or "token")
                throw ApiError.NotOffered($"{resource.Plural}/{subresource}", Instead(subresource));
            throw resource.Custom is null ? ApiError.NoSuchResource() : ApiError.NotFound(group, resource.Plural, name!);
        }

        return new RequestTarget(resource, ns, name, subresource);
    }

    /// <summary>What every Kubernetes has is missed by name, so that nobody takes it for a mistake of his own.</summary>
    private static ApiError NotServed(string group, string plural) => plural is "deployments" or "replicasets" or "daemonsets" or "replicationcontrollers"
        or "jobs" or "cronjobs" or "ingresses" or "resourcequotas" or "limitranges" or "horizontalpodautoscalers" or "priorityclasses"
        ? ApiError.KindNotOffered(group, plural)
        : ApiError.NoSuchPath();

    private static string Instead(string subresource) => subresource switch
    {
        "exec" or "attach" => "pods are processes of this machine: use its own tools on them",
        "portforward" or "proxy" => "pods and services have loopback addresses of their own: connect to those",
        "eviction" => "delete the pod instead",
        "token" => "use the credentials of its kubeconfig",
        _ => "delete the pod and create it anew",
    };
}
