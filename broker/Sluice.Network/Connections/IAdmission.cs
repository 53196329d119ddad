namespace Sluice.Network.Connections;

/// <summary>A connection's place in the counts of its address, listener, process and loop.</summary>
internal interface IAdmission
{
    /// <summary>The connection has closed: others may have its place.</summary>
    void Release();
}
