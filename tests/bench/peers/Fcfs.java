/* SPDX-License-Identifier: Apache-2.0 */
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import ch.qos.logback.classic.Level;
import org.cloudsimplus.brokers.DatacenterBrokerSimple;
import org.cloudsimplus.cloudlets.Cloudlet;
import org.cloudsimplus.cloudlets.CloudletSimple;
import org.cloudsimplus.core.CloudSimPlus;
import org.cloudsimplus.datacenters.DatacenterSimple;
import org.cloudsimplus.hosts.HostSimple;
import org.cloudsimplus.resources.Pe;
import org.cloudsimplus.resources.PeSimple;
import org.cloudsimplus.schedulers.cloudlet.CloudletSchedulerSpaceShared;
import org.cloudsimplus.util.Log;
import org.cloudsimplus.vms.VmSimple;

/**
 * Fcfs JOBS PROCESSORS: CloudSim Plus with one machine of that many processors,
 * space-shared.  Prints how many jobs it finished.
 */
public class Fcfs {
	static final int MIPS = 1000;

	public static void main(String[] args) throws Exception {
		int size = Integer.parseInt(args[1]);
		Log.setLevel(Level.OFF);
		CloudSimPlus simulation = new CloudSimPlus();
		List<Pe> pes = new ArrayList<>();
		for (int i = 0; i < size; i++)
			pes.add(new PeSimple(MIPS));
		new DatacenterSimple(simulation, List.of(
				new HostSimple(1 << 20, 1 << 20, 1 << 20, pes)));
		DatacenterBrokerSimple broker =
				new DatacenterBrokerSimple(simulation);
		VmSimple vm = new VmSimple(MIPS, size);
		vm.setRam(1024).setBw(1000).setSize(1000);
		vm.setCloudletScheduler(new CloudletSchedulerSpaceShared());
		broker.submitVm(vm);
		List<Cloudlet> jobs = new ArrayList<>();
		for (String line : Files.readAllLines(Path.of(args[0]))) {
			String[] words = line.split(" ");
			Cloudlet job = new CloudletSimple(
					Math.max(1, Long.parseLong(words[1])) * MIPS,
					Integer.parseInt(words[2]));
			job.setSubmissionDelay(Double.parseDouble(words[0]));
			jobs.add(job);
		}
		broker.submitCloudletList(jobs);
		simulation.start();
		System.out.println(broker.getCloudletFinishedList().size());
	}
}
