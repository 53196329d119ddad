namespace Sluice.Protocol.Generator.Model;

/// <summary>What one value of a field is; an array repeats it.</summary>
internal enum FieldKind
{
    Bool,
    Int8,
    Int16,
    UInt16,
    Int32,
    UInt32,
    Int64,
    Float64,
    Uuid,
    String,
    Bytes,
    Records,
    Struct,
}
