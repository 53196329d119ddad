using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Sluice.Kubernetes.Client;
using Sluice.Kubernetes.Controllers;
using Sluice.Kubernetes.Models;
using Sluice.Kubernetes.Serialization;

namespace Sluice.Local.Controllers.StatefulSets;

/// <summary>The history of a set's pod template as ControllerRevisions, in the form that `kubectl rollout` reads.</summary>
internal sealed class SetRevisions(KubernetesClient client, ControllerInformers informers)
{
    private const int HistoryDefault = 10;
    private const int CollisionsMax = 10;

    /// <summary>The revisions of a set, oldest first.</summary>
    public List<V1ControllerRevision> Of(V1StatefulSet set) =>
    [
        .. informers.Revisions.Cache.List(set.Metadata.NamespaceProperty)
            .Where(r => OwnerReferences.IsControlledBy(r, set))
            .OrderBy(r => r.Revision).ThenBy(r => r.Metadata.CreationTimestamp)
    ];

    /// <summary>The revisions that a set of this selector left behind which was deleted without its pods.</summary>
    public List<V1ControllerRevision> OrphansOf(V1StatefulSet set) =>
    [
        .. informers.Revisions.Cache.List(set.Metadata.NamespaceProperty).Where(revision => revision.Metadata.DeletionTimestamp is null
            && OwnerReferences.ControllerOf(revision.Metadata) is null && Selectors.Matches(set.Spec!.Selector, revision.Metadata.Labels))
    ];

    /// <summary>Takes orphans over.</summary>
    public async Task AdoptAsync(V1StatefulSet set, List<V1ControllerRevision> orphans, CancellationToken cancellation)
    {
        foreach (var revision in orphans)
        {
            var owners = new JsonArray([.. (revision.Metadata.OwnerReferences ?? []).Append(OwnerReferences.ControllerOf(set)).Select(o => ApiJson.ToJsonObject(o))]);
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = revision.Metadata.Uid, ["ownerReferences"] = owners } };
            await client.MergePatchAsync<V1ControllerRevision>(set.Metadata.NamespaceProperty, revision.Metadata.Name!, patch, null, cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>The revision of the set's present template, made or moved to the end of the history when need be.</summary>
    public async Task<V1ControllerRevision> UpdateRevisionAsync(V1StatefulSet set, List<V1ControllerRevision> history, CancellationToken cancellation)
    {
        var data = DataOf(set);
        var next = history.Count == 0 ? 1 : (history[^1].Revision ?? 0) + 1;
        if (history.FindLast(r => JsonNode.DeepEquals(TreeOf(r), data)) is { } equal)
        {
            if (ReferenceEquals(equal, history[^1])) return equal;
            // Rolled back: the old template becomes the newest revision again.
            var moved = ApiJson.Copy(equal);
            moved.Revision = next;
            moved = await client.UpdateAsync(moved, null, cancellation).ConfigureAwait(false);
            history.Remove(equal);
            history.Add(moved);
            return moved;
        }
        var made = await CreateAsync(set, data, next, cancellation).ConfigureAwait(false);
        history.Add(made);
        return made;
    }

    /// <summary>The pod template of a revision.</summary>
    public static V1PodTemplateSpec TemplateOf(V1ControllerRevision revision)
    {
        var template = TreeOf(revision)["spec"]!["template"]!.DeepClone().AsObject();
        template.Remove("$patch");
        return ApiJson.FromJson<V1PodTemplateSpec>(template);
    }

    /// <summary>Deletes the oldest revisions that no pod is of, down to the set's limit.</summary>
    public async Task PruneAsync(SetState state, List<V1ControllerRevision> history, CancellationToken cancellation)
    {
        var inUse = state.Pods.Select(SetPods.RevisionOf).Append(state.CurrentRevision).Append(state.UpdateRevision).ToHashSet();
        var unused = history.Where(r => !inUse.Contains(r.Metadata.Name)).ToList();
        var surplus = unused.Count - (state.Set.Spec!.RevisionHistoryLimit ?? HistoryDefault);
        foreach (var revision in unused.Take(Math.Max(0, surplus)))
            await client.TryDeleteAsync<V1ControllerRevision>(revision.Metadata.NamespaceProperty, revision.Metadata.Name!, null, cancellation).ConfigureAwait(false);
    }

    private async Task<V1ControllerRevision> CreateAsync(V1StatefulSet set, JsonObject data, long number, CancellationToken cancellation)
    {
        for (var collisions = 0; ; collisions++)
        {
            var hash = Hash(data.ToJsonString(), collisions);
            var revision = new V1ControllerRevision
            {
                Metadata = new V1ObjectMeta
                {
                    Name = $"{set.Metadata.Name}-{hash}",
                    NamespaceProperty = set.Metadata.NamespaceProperty,
                    Labels = new Dictionary<string, string>((set.Spec!.Template.Metadata?.Labels).OrEmpty(), StringComparer.Ordinal) { ["controller.kubernetes.io/hash"] = hash },
                    OwnerReferences = [OwnerReferences.ControllerOf(set)],
                },
                Data = data.DeepClone().AsObject(),
                Revision = number,
            };
            try
            {
                return await client.CreateAsync(revision, null, cancellation).ConfigureAwait(false);
            }
            catch (ApiException e) when (e.IsAlreadyExists && collisions < CollisionsMax)
            {
                // Ours, which the cache does not know yet; or another template with the same hash, which calls for another name.
                var existing = await client.GetAsync<V1ControllerRevision>(set.Metadata.NamespaceProperty, revision.Metadata.Name!, cancellation).ConfigureAwait(false);
                if (OwnerReferences.IsControlledBy(existing, set) && JsonNode.DeepEquals(TreeOf(existing), data)) return existing;
            }
        }
    }

    /// <summary>The content of a revision, which the model leaves as it was read.</summary>
    private static JsonObject TreeOf(V1ControllerRevision revision) => ApiJson.ToJsonObject(revision.Data);

    private static JsonObject DataOf(V1StatefulSet set)
    {
        var template = ApiJson.ToJsonObject(set.Spec!.Template);
        template["$patch"] = "replace";
        return new JsonObject { ["spec"] = new JsonObject { ["template"] = template } };
    }

    private static string Hash(string text, int collisions)
    {
        // FNV-1a, written with letters that make no words, as Kubernetes does.
        const string Alphabet = "bcdfghjklmnpqrstvwxz2456789";
        var hash = 14695981039346656037UL;
        foreach (var b in Encoding.UTF8.GetBytes(text)) hash = (hash ^ b) * 1099511628211UL;
        hash += (ulong)collisions * 0x9E3779B97F4A7C15UL;
        var result = new StringBuilder();
        for (var i = 0; i < 10; i++, hash /= (ulong)Alphabet.Length) result.Append(Alphabet[(int)(hash % (ulong)Alphabet.Length)]);
        return result.ToString();
    }
}
