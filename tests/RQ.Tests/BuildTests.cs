namespace RQ.Tests;
public class BuildTests { [Xunit.Fact] public void T() { } }
