using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;
using Sluice.Local.ApiServer.Operations;
using Sluice.Local.ApiServer.Ownership;
using Sluice.Local.ApiServer.Resources;

namespace Sluice.Local.ApiServer.Http;

/// <summary>Answers the paths below an object that show something else than the object: its scale, its log, its binding.</summary>
internal sealed class SubresourceHandlers(ApiCore core, ObjectReader reader, ObjectWriter writer, ReadHandlers answers, IPodLogs? logs)
{
    public async Task ScaleAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var paths = ScalePaths.Of(target.Resource);
        if (http.Request.Method == HttpMethods.Get)
        {
            var item = ObjectReader.View(target.Resource, reader.Get(target.Resource, target.Namespace, target.Name!));
            await ShowAsync(http, format, paths.Show(item));
            return;
        }

        var options = Requests.WriteOptions(http);
        var change = await ReadScaleChangeAsync(http, target, paths);
        // The owner of the replicas is who scales, recorded under the path that was used.
        var applied = options with { Applied = true };
        var stored = await writer.UpdateAsync(target.Resource, target.Namespace, target.Name!, null, item => Rescale(target.Resource, item, paths, change, options), applied);
        Answers.AddWarnings(http, options.Warnings);
        await ShowAsync(http, format, paths.Show(ObjectReader.View(target.Resource, stored)));
    }

    private Task ShowAsync(HttpContext http, AnswerFormat format, JsonObject scale) =>
        Answers.DocumentAsync(http, 200, format, format.Projection == Projection.Table ? ScaleTable.Of(scale, core.Now) : scale);

    /// <summary>Sends a container's log as text.</summary>
    public async Task LogAsync(HttpContext http, RequestTarget target)
    {
        if (logs is null)
            throw ApiError.NotOffered("logs", "nothing that runs pods is attached to it");
        var pod = reader.Get(target.Resource, target.Namespace, target.Name!).Body;
        var request = ReadLogRequest(http, pod);
        http.Response.ContentType = "text/plain";
        // What waits for a node has said nothing yet.
        if (pod["spec"].String("nodeName") is not { Length: > 0 })
            return;
        var found = await logs.WriteAsync(request, http.Response.Body, http.RequestAborted);
        if (!found)
        {
            var what = request.Previous ? $"previous terminated container \"{request.Container}\" in pod \"{target.Name}\" not found"
                : $"container \"{request.Container}\" in pod \"{target.Name}\" is waiting to start: ContainerCreating";
            throw ApiError.BadRequest(what);
        }

        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    /// <summary>Assigns a pod to a node.</summary>
    public async Task BindAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var options = Requests.WriteOptions(http);
        var (binding, _) = await Requests.ReadObjectAsync(http);
        var node = binding["target"].String("name") is { Length: > 0 } name ? name : throw ApiError.BadRequest("the binding names no target node");
        await writer.UpdateAsync(target.Resource, target.Namespace, target.Name!, null, pod =>
        {
            if (pod["spec"].String("nodeName") is { Length: > 0 } bound)
                throw ApiError.Conflict("", "pods/binding", target.Name!, $"pod {target.Name} is already assigned to node \"{bound}\"");
            pod.Ensure("spec")["nodeName"] = node;
            return pod;
        }, options);
        await Answers.DocumentAsync(http, 201, format, new JsonObject
        {
            ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success", ["code"] = 201,
        });
    }

    /// <summary>Ends the finalization of a namespace from outside.</summary>
    public async Task FinalizeAsync(HttpContext http, RequestTarget target, AnswerFormat format)
    {
        var (item, _) = await Requests.ReadObjectAsync(http);
        var current = core.Store.Head(target.Resource.StoreKind, target.Key) ?? throw ApiError.NotFound("", "namespaces", target.Name!);
        var changed = current.Body.Copy();
        changed.Ensure("spec")["finalizers"] = item.At("spec", "finalizers").CopyOrNull();
        if (item.At("spec", "finalizers") is null)
            changed.Object("spec")!.Remove("finalizers");
        var gone = ObjectMeta.IsTerminating(changed) && ObjectMeta.Finalizers(changed).Count == 0 && !target.Resource.Strategy.WaitsForDeletion(changed);
        var stored = gone
            ? await core.Store.DeleteAsync(target.Resource.StoreKind, target.Key, current.Revision, changed)
            : await core.Store.PutAsync(target.Resource.StoreKind, target.Key, current.Revision, changed);
        await answers.ObjectAsync(http, 200, target, stored, format);
    }

    private JsonObject Rescale(ResourceInfo resource, JsonObject item, ScalePaths paths, Func<JsonObject, JsonObject> change, WriteOptions options)
    {
        var old = item.Copy();
        var scale = change(paths.Show(item));
        var replicas = scale["spec"].Long("replicas") ?? 0;
        if (replicas < 0)
        {
            throw ApiError.Invalid("autoscaling", "Scale", ObjectMeta.Name(item), [FieldError.Invalid(
                "spec.replicas", JsonValue.Create(replicas), "must be greater than or equal to 0")]);
        }

        paths.SetReplicas(item, replicas);
        FieldManager.Update(resource, item, old, new FieldWriter(options.FieldManager, "scale", core.Now));
        var version = scale["metadata"].String("resourceVersion");
        item.Ensure("metadata")["resourceVersion"] = version is { Length: > 0 } ? version : old["metadata"].String("resourceVersion");
        return item;
    }

    private static async Task<Func<JsonObject, JsonObject>> ReadScaleChangeAsync(HttpContext http, RequestTarget target, ScalePaths paths)
    {
        if (http.Request.Method == HttpMethods.Put)
        {
            var (scale, _) = await Requests.ReadObjectAsync(http);
            return _ => scale;
        }

        var type = Requests.MediaType(http);
        PatchHandler.CheckType(target.Resource, type);
        var patch = Requests.Parse(await Requests.ReadBodyAsync(http), "application/json").Root;
        return scale =>
        {
            scale.Object("metadata")?.Remove("resourceVersion");
            return PatchHandler.Apply(paths.ScaleSchema, type, scale, patch);
        };
    }

    private static PodLogRequest ReadLogRequest(HttpContext http, JsonObject pod)
    {
        var query = http.Request.Query;
        var containers = new[] { "initContainers", "containers" }.SelectMany(field => pod["spec"].Array(field).Objects()).Select(one => one.String("name") ?? "").ToList();
        var mains = pod["spec"].Array("containers").Objects().Select(one => one.String("name") ?? "").ToList();
        var container = query["container"].ToString();
        var (podName, ns) = (ObjectMeta.Name(pod), ObjectMeta.Namespace(pod) ?? "");
        if (container.Length == 0)
        {
            container = mains.Count == 1 ? mains[0]
                : throw ApiError.BadRequest($"a container name must be specified for pod {podName}, choose one of: [{string.Join(' ', mains)}]");
        }
        else if (!containers.Contains(container))
        {
            throw ApiError.BadRequest($"container {container} is not valid for pod {podName}");
        }

        return new PodLogRequest
        {
            Namespace = ns,
            Pod = podName,
            Uid = ObjectMeta.Uid(pod),
            Container = container,
            Previous = Requests.IsSet(http, "previous"),
            Follow = Requests.IsSet(http, "follow"),
            Timestamps = Requests.IsSet(http, "timestamps"),
            TailLines = Number(query["tailLines"].ToString()),
            LimitBytes = Number(query["limitBytes"].ToString()),
            Since = Since(query["sinceTime"].ToString(), query["sinceSeconds"].ToString()),
        };
    }

    private static DateTimeOffset? Since(string time, string seconds)
    {
        if (DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var since))
            return since;
        return Number(seconds) is { } count ? DateTimeOffset.UtcNow.AddSeconds(-count) : null;
    }

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
