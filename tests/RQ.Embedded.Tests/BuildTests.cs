namespace RQ.Embedded.Tests;
public class BuildTests { [Xunit.Fact] public void T() { } }
