using System.Text.Json.Nodes;
using Sluice.Local.ApiServer.Documents;
using Sluice.Local.ApiServer.Errors;

namespace Sluice.Local.ApiServer.Strategies;

/// <summary>
/// What is particular to a kind when it is written. This base does what holds for most: spec changes raise the generation, the
/// status is written through its own path only.
/// </summary>
internal class ResourceStrategy
{
    /// <summary>The status has a path of its own, and the main path does not change it.</summary>
    public virtual bool HasStatus => false;

    /// <summary>metadata.generation counts changes of the spec.</summary>
    public virtual bool HasGeneration => HasStatus;

    /// <summary>An update that names no resourceVersion overwrites whatever is there.</summary>
    public virtual bool AllowsUnconditionalUpdate => true;

    /// <summary>A deletion at once is answered with the last state of the object, not with a Status.</summary>
    public virtual bool AnswersDeletedObject => false;

    /// <summary>PUT makes an object that does not exist.</summary>
    public virtual bool AllowsCreateOnUpdate => false;

    /// <summary>Fills in what the client left out; runs on whatever is written, and before managers of fields are compared.</summary>
    public virtual void SetDefaults(JsonObject item)
    {
    }

    /// <summary>Removes and sets what the client may not decide about a new object.</summary>
    public virtual void PrepareForCreate(WriteContext context, JsonObject item)
    {
        if (HasStatus)
            item.Remove("status");
        if (HasGeneration)
            item.Ensure("metadata")["generation"] = 1L;
    }

    /// <summary>Puts back what an update through the main path must leave as it was.</summary>
    public virtual void PrepareForUpdate(WriteContext context, JsonObject item, JsonObject old)
    {
        if (HasStatus)
            Restore(item, old, "status");
    }

    /// <summary>Puts back everything that an update of the status must leave as it was.</summary>
    public virtual void PrepareForStatusUpdate(WriteContext context, JsonObject item, JsonObject old) => Restore(item, old, "spec");

    /// <summary>True when the difference counts as a change of what the user asks for.</summary>
    public virtual bool ChangesGeneration(JsonObject item, JsonObject old) => !Json.Same(item["spec"], old["spec"]);

    public virtual void ValidateName(string name, string field, List<FieldError> errors) => NameRules.Subdomain(name, field, errors);

    public virtual void Validate(WriteContext context, JsonObject item, List<FieldError> errors)
    {
    }

    public virtual void ValidateUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
    }

    /// <summary>Checks the new state of an object and how it came from the old one.</summary>
    public virtual void ValidateReplacement(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
        Validate(context, item, errors);
        ValidateUpdate(context, item, old, errors);
    }

    /// <summary>Checks an update of the status; the rest of the object is the stored one.</summary>
    public virtual void ValidateStatusUpdate(WriteContext context, JsonObject item, JsonObject old, List<FieldError> errors)
    {
    }

    /// <summary>Runs before an object is deleted for good or marked for deletion; throws to refuse it.</summary>
    public virtual void CheckDelete(JsonObject item)
    {
    }

    /// <summary>Something else than finalizers keeps a deleted object for now.</summary>
    public virtual bool WaitsForDeletion(JsonObject item) => false;

    /// <summary>Runs when an object is marked for deletion.</summary>
    public virtual void MarkDeleted(JsonObject item)
    {
    }

    /// <summary>Seconds that somebody else gets to end what the object stands for; 0 removes it at once.</summary>
    public virtual long GraceSeconds(JsonObject item, long? requested) => 0;

    /// <summary>Fields that this path never changes, so that no manager may own them through it.</summary>
    public virtual IReadOnlyList<string> ResetFields(string? subresource) =>
        subresource == "status" ? ["spec"] : HasStatus ? ["status"] : [];

    protected static void Restore(JsonObject item, JsonObject old, string field)
    {
        if (old.TryGetPropertyValue(field, out var value))
            item[field] = value.CopyOrNull();
        else
            item.Remove(field);
    }
}
