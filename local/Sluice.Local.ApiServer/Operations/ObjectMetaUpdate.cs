using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Operations;

/// <summary>What an update may do to metadata.</summary>
internal static class ObjectMetaUpdate
{
    public static void Validate(JsonObject item, JsonObject old, List<FieldError> errors)
    {
        if (!ObjectMeta.IsTerminating(old))
            return;
        var before = ObjectMeta.Finalizers(old);
        var added = ObjectMeta.Finalizers(item).Except(before).ToList();
        if (added.Count > 0)
        {
            errors.Add(FieldError.Forbidden(
                "metadata.finalizers",
                $"no new finalizers can be added if the object is being deleted, found new finalizers []string{{{string.Join(", ", added.Select(FieldError.Quote))}}}"));
        }
    }
}
