using System.Net;
using k8s.Models;

namespace Sluice.Kubernetes.Client;

/// <summary>The API server refused a request. <see cref="Status"/> says why, in the server's words.</summary>
public sealed class ApiException : Exception
{
    internal ApiException(HttpStatusCode code, string request, V1Status status, TimeSpan? retryAfter = null)
        : base($"{request}: {(int)code} {status.Reason}: {status.Message}")
    {
        Code = code;
        Request = request;
        Status = status;
        RetryAfter = retryAfter;
    }

    /// <summary>HTTP status.</summary>
    public HttpStatusCode Code { get; }

    /// <summary>Method and path of the request.</summary>
    public string Request { get; }

    /// <summary>The server's answer: message, reason, details with causes and fields.</summary>
    public V1Status Status { get; }

    /// <summary>How long the server asks to wait before another try.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>Machine-readable reason, as in <c>AlreadyExists</c>; empty when the server gave none.</summary>
    public string Reason => Status.Reason ?? "";

    /// <summary>What is wrong with each field.</summary>
    public IEnumerable<V1StatusCause> Causes => Status.Details?.Causes ?? [];

    /// <summary>The object does not exist (404).</summary>
    public bool IsNotFound => Code == HttpStatusCode.NotFound;

    /// <summary>An object of that name exists (409 AlreadyExists).</summary>
    public bool IsAlreadyExists => Code == HttpStatusCode.Conflict && Reason == "AlreadyExists";

    /// <summary>The object changed since it was read, a precondition failed, or another manager owns a field (409 Conflict).</summary>
    public bool IsConflict => Code == HttpStatusCode.Conflict && Reason != "AlreadyExists";

    /// <summary>The resource version or continue token is too old (410): list anew.</summary>
    public bool IsExpired => Code == HttpStatusCode.Gone;

    /// <summary>The object is not valid (422).</summary>
    public bool IsInvalid => Code == HttpStatusCode.UnprocessableEntity;

    /// <summary>The namespace is being deleted, so nothing new can be made in it.</summary>
    public bool IsNamespaceTerminating => Code == HttpStatusCode.Forbidden && Causes.Any(cause => cause.Reason == "NamespaceTerminating");
}
