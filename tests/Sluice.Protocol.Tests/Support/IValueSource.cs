using Sluice.Protocol.Generator.Model;

namespace Sluice.Protocol.Tests.Support;

/// <summary>Decides what a message is filled with.</summary>
internal interface IValueSource
{
    /// <summary>A value that may be null is null.</summary>
    bool IsNull(FieldSchema field);

    /// <summary>How many elements an array gets.</summary>
    int Count(FieldSchema field);

    /// <summary>One value, or one element of an array.</summary>
    object Scalar(FieldKind kind);
}
